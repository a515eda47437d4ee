/**
 * Tokens of agents, one a name, in `agent_tokens.json` of the data directory (mode 0600): made and
 * taken back by a command, and looked up by the process that runs beside it. What is kept is the
 * SHA-256 of each: a token is 32 random bytes, which no dictionary holds, so a slow hash would gain
 * nothing. The file is read again when it changed; without one, agents are asked for no token.
 *
 * ```
 * {"tokens":[{"name":"rack-7","sha256":"…hex…","created_at":"2026-11-28T12:00:00.000Z"}]}
 * ```
 */
import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { LIMITS } from "../limits.ts";
import { fileStamp } from "./file_stamp.ts";
import { errorCode } from "./files.ts";

export interface AgentToken {
  readonly name: string;
  readonly sha256: string;
  readonly created_at: string;
}

const FILE = "agent_tokens.json";
/** Of a file, as `fileStamp` says it. */
const NOT_THERE = "ENOENT";
const PREFIX = "rwa_";

export const TOKEN_NAME_RULE = "1 to 64 letters, digits, _ . or -, the first a letter or digit";

export function tokensPath(dataDir: string): string {
  return join(dataDir, FILE);
}

/** Oldest first. @throws {Error} where the file can't be read or is none of this form. */
export function listTokens(dataDir: string): readonly AgentToken[] {
  const path = tokensPath(dataDir);
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    if (errorCode(error) === "ENOENT") return [];
    throw error;
  }
  const tokens = parseTokens(text);
  if (tokens === null) {
    throw new Error(`Cannot read the agents' tokens: ${path} is damaged; restore or delete it`);
  }
  return tokens;
}

/**
 * The new token: shown once, kept nowhere.
 *
 * @throws {Error} for a name that breaks the rule or has a token, and where there are too many.
 */
export function createToken(dataDir: string, name: string, createdAt: string): string {
  if (!/^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/.test(name)) {
    throw new Error(`Cannot name a token ${JSON.stringify(name)}: a name has ${TOKEN_NAME_RULE}`);
  }
  const token = PREFIX + randomBytes(32).toString("base64url");
  change(dataDir, (tokens) => {
    if (tokens.some((one) => one.name === name)) {
      throw new Error(`Cannot create a token ${name}: there is one; revoke it first`);
    }
    if (tokens.length >= LIMITS.agentTokensMax) {
      throw new Error(
        `Cannot create a token ${name}: there are ${tokens.length}, the most; revoke one`,
      );
    }
    return [...tokens, { name, sha256: digestOf(token).toString("hex"), created_at: createdAt }];
  });
  return token;
}

/** @throws {Error} where there is none of that name. */
export function revokeToken(dataDir: string, name: string): void {
  change(dataDir, (tokens) => {
    const rest = tokens.filter((one) => one.name !== name);
    if (rest.length < tokens.length) return rest;
    const names = tokens.map((one) => one.name).join(", ") || "none";
    throw new Error(
      `Cannot revoke ${JSON.stringify(name)}: no token has that name; there are: ${names}`,
    );
  });
}

/** The tokens as a running process asks for them. */
export class AgentTokens {
  readonly #dataDir: string;
  readonly #onFault: (reason: string) => void;
  #stamp = "";
  #digests: ReadonlySet<string> = new Set();
  #isDamaged = false;
  #tokens: readonly { readonly name: string; readonly digest: Buffer }[] = [];
  readonly #heard = new Map<string, number>();

  /** @param onFault Told why the file can't be read: then nobody is let in, and who is in stays. */
  constructor(dataDir: string, onFault: (reason: string) => void) {
    this.#dataDir = dataDir;
    this.#onFault = onFault;
  }

  /**
   * No agent ever had a token of its own: then none is asked for. Once there was one, taking back the
   * last lets nobody in: it must not open the door to the very agent that it is to keep out.
   */
  get isEmpty(): boolean {
    this.#current();
    return this.#stamp === NOT_THERE;
  }

  get names(): string[] {
    return this.#current().map(({ name }) => name);
  }

  /** When each agent sent something the last time, epoch ms; those who have a token still. */
  get heard(): ReadonlyMap<string, number> {
    const names = new Set(this.names);
    for (const name of this.#heard.keys()) if (!names.has(name)) this.#heard.delete(name);
    return this.#heard;
  }

  hear(name: string, nowMs: number): void {
    this.#heard.set(name, nowMs);
  }

  /** The name of the token; null where it is none. Takes the same time whichever fits. */
  whose(given: string): string | null {
    const digest = digestOf(given);
    let found: string | null = null;
    for (const one of this.#current()) {
      if (timingSafeEqual(one.digest, digest)) found = one.name;
    }
    return found;
  }

  /**
   * Whether the token is somebody's still; where the file can't be read, it is. Asked of every
   * connection every few seconds: it compares with no other token.
   */
  holds(given: string): boolean {
    this.#current();
    return this.#digests.has(digestOf(given).toString("hex")) || this.#isDamaged;
  }

  #current() {
    const stamp = fileStamp(tokensPath(this.#dataDir));
    if (stamp === this.#stamp) return this.#tokens;
    this.#stamp = stamp;
    try {
      const tokens = listTokens(this.#dataDir);
      this.#tokens = tokens.map(({ name, sha256 }) => ({
        name,
        digest: Buffer.from(sha256, "hex"),
      }));
      this.#digests = new Set(tokens.map(({ sha256 }) => sha256));
      this.#isDamaged = false;
    } catch (error) {
      this.#tokens = [];
      this.#digests = new Set();
      this.#isDamaged = true;
      this.#onFault((error as Error).message);
    }
    return this.#tokens;
  }
}

/** One change at a time: whoever comes second is told to try again. */
function change(
  dataDir: string,
  next: (tokens: readonly AgentToken[]) => readonly AgentToken[],
): void {
  const path = tokensPath(dataDir), temporary = `${path}.tmp`;
  mkdirSync(dataDir, { recursive: true });
  try {
    // Made before reading, and only where it is not there: it is the lock, too.
    writeFileSync(temporary, "", { mode: 0o600, flag: "wx" });
  } catch (cause) {
    if (errorCode(cause) !== "EEXIST") throw cause;
    throw new Error(
      `Cannot change the agents' tokens: another command is doing so; if none is, delete ${temporary}`,
      { cause },
    );
  }
  try {
    const text = JSON.stringify({ tokens: next(listTokens(dataDir)) }) + "\n";
    writeFileSync(temporary, text);
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

/** Null where the text is none of this form. */
function parseTokens(text: string): readonly AgentToken[] | null {
  try {
    const { tokens } = JSON.parse(text) as { tokens?: unknown };
    return Array.isArray(tokens) && tokens.every(isToken) ? tokens : null;
  } catch {
    return null;
  }
}

function isToken(value: unknown): value is AgentToken {
  const { name, sha256, created_at } = (value ?? {}) as Partial<Record<keyof AgentToken, unknown>>;
  return typeof name === "string" && typeof created_at === "string" &&
    typeof sha256 === "string" && /^[0-9a-f]{64}$/.test(sha256);
}

function digestOf(token: string): Buffer {
  return createHash("sha256").update(token).digest();
}
