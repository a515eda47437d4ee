/**
 * Questions to the server over HTTP. A refusal becomes an `ApiError` with the server's own words;
 * whoever asked checks the parts of the answer that are used.
 */

/** The server's refusal; `message` is for the viewer. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  /** What the server calls it; empty where it doesn't say. */
  readonly code: string;
  /** When to ask again, from now on; null where the server doesn't say. */
  readonly retryMs: number | null;

  constructor(
    readonly status: number,
    message: string,
    { code = "", retryMs = null }: { code?: string; retryMs?: number | null } = {},
  ) {
    super(message);
    this.code = code;
    this.retryMs = retryMs;
  }
}

/**
 * Too many ask such questions just now: nothing is wrong, what is shown stays, and the answer comes
 * when it is asked for again.
 */
export function isBusy(error: unknown): boolean {
  return error instanceof ApiError && error.code === "too_many_questions";
}

/** How long to wait before asking again: what the server says, else `otherwiseMs`. */
export function retryMsOf(error: unknown, otherwiseMs: number): number {
  return (error instanceof ApiError ? error.retryMs : null) ?? otherwiseMs;
}

export type Fetch = (url: string, init?: RequestInit) => Promise<Response>;

export interface Ask {
  /** The JSON that stands at `path`. @throws {ApiError} */
  get(path: string, query: Readonly<Record<string, string | number>>): Promise<unknown>;
  /** @throws {ApiError} */
  post(path: string, body: unknown): Promise<unknown>;
}

/** A question that hangs would keep its view waiting for ever. */
const ASK_MS_MAX = 30_000;

export function createAsk(fetch: Fetch): Ask {
  return {
    get: async (path, query) => {
      const text = new URLSearchParams(
        Object.entries(query).map(([name, value]) => [name, String(value)]),
      );
      const signal = AbortSignal.timeout(ASK_MS_MAX);
      return await answer(await fetch(`${path}?${text}`, { signal }));
    },
    post: async (path, body) =>
      await answer(
        await fetch(path, {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: JSON.stringify(body),
        }),
      ),
  };
}

/** This page's own server. */
export const pageAsk: Ask = createAsk((url, init) => fetch(url, init));

/** What to tell the viewer of a question that failed. */
export function reasonOf(error: unknown): string {
  return error instanceof ApiError ? error.message : "The server can't be reached.";
}

async function answer(response: Response): Promise<unknown> {
  const text = await response.text();
  let body: unknown = null;
  try {
    body = JSON.parse(text);
  } catch {
    if (response.ok) throw new ApiError(response.status, "The server's answer is not JSON.");
  }
  if (response.ok) return body;
  const said = field(field(body, "error"), "message"), code = field(field(body, "error"), "code");
  throw new ApiError(
    response.status,
    typeof said === "string" ? said : `The server answered ${response.status}.`,
    {
      code: typeof code === "string" ? code : "",
      retryMs: retryMsIn(response.headers.get("retry-after")),
    },
  );
}

/** A proxy may say hours: nobody looks at a page for so long. */
const RETRY_MS_MAX = 60_000;

/** `Retry-After` in seconds (RFC 9110 §10.2.3), at least one; null for a date, or none. */
function retryMsIn(header: string | null): number | null {
  if (header === null || !/^\d{1,9}$/.test(header)) return null;
  return Math.min(Math.max(1, Number(header)) * 1_000, RETRY_MS_MAX);
}

export function field(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null
    ? (value as Record<string, unknown>)[name]
    : undefined;
}

/** Epoch ms from epoch ms or ISO text; null for anything else. */
export function moment(value: unknown): number | null {
  if (typeof value === "number") return value;
  const atMs = typeof value === "string" ? Date.parse(value) : NaN;
  return Number.isNaN(atMs) ? null : atMs;
}
