/**
 * The browser's proof of a login: a cookie value that carries when it ends and a signature. Nothing
 * is kept on the server: the key comes from the token, so a new token ends every session.
 *
 *     v1.<end, epoch ms in base 36>.<HMAC-SHA256 over "v1.<end>", base64url>
 */
import { createHmac, hkdfSync } from "node:crypto";
import { sameText } from "../runtime/same_text.ts";

export interface Sessions {
  /** Differs by token, so that two servers on one host keep their cookies apart. */
  readonly cookieName: string;
  issue(endsAtMs: number): string;
  /** Signed by this token and not ended. */
  valid(value: string, nowMs: number): boolean;
}

/** HKDF (RFC 5869) keeps the signing key and the cookie's name apart from the token itself. */
export function createSessions(token: string): Sessions {
  const derive = (purpose: string, bytes: number) =>
    Buffer.from(hkdfSync("sha256", token, "rackwatch", purpose, bytes));
  const key = derive("session signature v1", 32);
  const sign = (text: string) => createHmac("sha256", key).update(text).digest("base64url");
  return {
    cookieName: `rackwatch_${derive("cookie name v1", 4).toString("hex")}`,
    issue: (endsAtMs) => {
      const claim = `v1.${Math.floor(endsAtMs).toString(36)}`;
      return `${claim}.${sign(claim)}`;
    },
    valid: (value, nowMs) => {
      const match = /^(v1\.([0-9a-z]{1,12}))\.([\w-]{43})$/.exec(value);
      if (match === null) return false;
      const [, claim = "", end = "", signature = ""] = match;
      return sameText(sign(claim), signature) && parseInt(end, 36) > nowMs;
    },
  };
}
