/** Hosts by a part of their name, asked of the server; what was asked before and comes late is let go. */
import { type Ask, field } from "./ask.ts";
import type { HostName } from "./palette.ts";

const HOSTS_MAX = 8;

export class HostSearch {
  readonly #ask: Ask;
  readonly #found: (query: string, hosts: readonly HostName[]) => void;
  #newest = "";

  /** `found` hears the answer to the newest question only. */
  constructor(ask: Ask, found: (query: string, hosts: readonly HostName[]) => void) {
    this.#ask = ask;
    this.#found = found;
  }

  /** @throws {ApiError} */
  async look(query: string): Promise<void> {
    const name = query.trim();
    this.#newest = name;
    if (name === "") return this.#found(name, []);
    const hosts = hostNamesOf(await this.#ask.get("/api/hosts", { q: name, limit: HOSTS_MAX }));
    if (name === this.#newest) this.#found(name, hosts);
  }
}

export function hostNamesOf(body: unknown): HostName[] {
  const list = field(body, "hosts");
  if (!Array.isArray(list)) return [];
  return list.map((each) => ({
    hostId: String(field(each, "host_id")),
    region: String(field(each, "region")),
  }));
}
