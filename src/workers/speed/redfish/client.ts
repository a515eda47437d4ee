/**
 * A BMC's resources in one round: GETs one after the other, as a BMC is a small computer. Each path
 * is asked for once, so links in a circle end. Requests, bytes of an answer and of all are bounded; a
 * link leads to the same origin, under /redfish/, or the round fails: a password goes nowhere else.
 *
 * DMTF DSP0266, Redfish Specification: "URI conventions", "Resource collections", "The $expand query".
 */
import { LIMITS } from "../../../limits.ts";
import { type Fields, isObject } from "../../../model/record.ts";
import { sample } from "../../../sources/dead_letter.ts";
import { linkIn, objectsIn } from "../../../sources/redfish_fields.ts";
import { fetchText, StatusError } from "../scrape/fetch_text.ts";
import type { Access } from "./access.ts";

export interface RedfishClientOptions {
  readonly origin: string;
  readonly access: Access;
  readonly signal: AbortSignal;
}

/** What a collection holds, and whether that came with it. */
export interface Members {
  readonly resources: readonly Fields[];
  readonly isWhole: boolean;
}

export class RedfishClient {
  readonly #options: RedfishClientOptions;
  readonly #found = new Map<string, Fields | null>();
  #requests = 0;
  #bytes = 0;

  constructor(options: RedfishClientOptions) {
    this.#options = options;
  }

  /**
   * The resource that a link leads to; null where there is none (404).
   * @throws {Error} in words, without a secret
   */
  async get(link: string): Promise<Fields | null> {
    const path = this.#pathOf(link);
    const found = this.#found.get(path);
    if (found !== undefined) return found;
    const resource = await this.#ask(path);
    this.#found.set(path, resource);
    return resource;
  }

  /** The resource that a link in another one leads to; null where either is not there. */
  async follow(resource: Fields | null, key: string): Promise<Fields | null> {
    const link = resource === null ? null : linkIn(resource, key);
    return link === null ? null : await this.get(link);
  }

  /** The links of a collection's members, over all of its pages. */
  async memberLinks(link: string): Promise<string[]> {
    return (await this.#entries(link)).flatMap((entry) => linkIn(entry) ?? []);
  }

  /** A collection's members, told with it where the BMC can do so. */
  async members(link: string, canExpand: boolean): Promise<Members> {
    const entries = canExpand ? await this.#expanded(link) : null;
    if (entries !== null) return { resources: entries, isWhole: true };
    const resources: Fields[] = [];
    for (const member of await this.memberLinks(link)) {
      const resource = await this.get(member);
      if (resource !== null) resources.push(resource);
    }
    return { resources, isWhole: false };
  }

  /** Null where it is refused, or a member is a link all the same. */
  async #expanded(link: string): Promise<Fields[] | null> {
    try {
      const entries = await this.#entries(`${link}${link.includes("?") ? "&" : "?"}$expand=.`);
      return entries.every((entry) => Object.keys(entry).length > 1) ? entries : null;
    } catch (error) {
      if (error instanceof AnswerError && !isAuthorization(error.status)) return null;
      throw error;
    }
  }

  async #entries(link: string): Promise<Fields[]> {
    const entries: Fields[] = [];
    const seen = new Set<string>();
    for (let page: string | null = link; page !== null;) {
      const path = this.#pathOf(page);
      if (seen.has(path)) break;
      seen.add(path);
      const collection: Fields | null = await this.get(path);
      if (collection === null) break;
      entries.push(...objectsIn(collection["Members"]));
      page = linkIn(collection, "Members@odata.nextLink");
    }
    return entries;
  }

  async #ask(path: string): Promise<Fields | null> {
    const { origin, access, signal } = this.#options;
    if (++this.#requests > LIMITS.redfishRequestsMax) {
      throw new Error(`it takes more than ${LIMITS.redfishRequestsMax} requests; ${NARROW}`);
    }
    const bytesMax = Math.min(LIMITS.redfishAnswerBytesMax, LIMITS.scrapeBytesMax - this.#bytes);
    try {
      const request = { ...access, url: `${origin}${path}`, bytesMax };
      const { text, bytes } = await fetchText(request, signal);
      this.#bytes += bytes;
      return resourceOf(text);
    } catch (error) {
      if (error instanceof StatusError && error.status === 404) return null;
      if (error instanceof StatusError) throw new AnswerError(error.status, path);
      throw signal.aborted ? error : new Error(reasonOf(error, path), { cause: error });
    }
  }

  /** Path and query of a link. */
  #pathOf(link: string): string {
    const { origin } = this.#options;
    const url = URL.parse(link, `${origin}/`);
    if (
      url === null || url.origin !== origin || !url.pathname.startsWith("/redfish/") ||
      url.username !== "" || url.password !== ""
    ) {
      throw new Error(
        `its link ${sample(link, 100)} leads elsewhere than to ${origin}/redfish/, ` +
          `and is not followed`,
      );
    }
    return url.pathname + url.search;
  }
}

/** What to do about a BMC that has too much of something. */
export const NARROW = `name what is to be read, as chassis = ["1"]`;

/** An answer with a status that is neither 200 nor 404. */
class AnswerError extends Error {
  constructor(readonly status: number, path: string) {
    const why = isAuthorization(status)
      ? ": the user, password or token is not taken, or may not read it"
      : "";
    super(`it answers ${status} to ${path}${why}`);
  }
}

function isAuthorization(status: number): boolean {
  return status === 401 || status === 403;
}

function resourceOf(text: string): Fields {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new Error("its answer is no JSON", { cause });
  }
  if (!isObject(value)) throw new Error("its answer is no JSON object");
  return value;
}

function reasonOf(error: unknown, path: string): string {
  const { message, code } = error as { message?: string; code?: unknown };
  // OpenSSL's: nobody vouches for it. One that has ended, or has another name, is another matter.
  const isUnknown = /SELF_SIGNED|^UNABLE_TO_/.test(String(code));
  const hint = isUnknown ? `; name its issuer, or itself, by ca_file` : "";
  return `${message ?? String(error)} (${path})${hint}`;
}
