/**
 * What a target's requests carry: the password or token, and whom they trust, read from their files
 * for each round. No message holds any of it.
 */
import { LIMITS } from "../../../limits.ts";
import { readSmallFile } from "../../../runtime/small_file.ts";
import { bearerOf } from "../scrape/bearer.ts";
import type { TextRequest } from "../scrape/fetch_text.ts";
import type { Credentials, RedfishTarget, Trust } from "./targets.ts";

export type Access = Pick<TextRequest, "headers" | "tls">;

/** @throws {Error} that names the file and what is wrong with it. */
export async function accessOf(
  { credentials, trust }: Pick<RedfishTarget, "credentials" | "trust">,
): Promise<Access> {
  const authorization = await authorizationOf(credentials);
  const tls = await tlsOf(trust);
  return {
    // DSP0266, "Protocol version" and "Request headers".
    headers: {
      Accept: "application/json",
      "OData-Version": "4.0",
      ...(authorization === null ? {} : { Authorization: authorization }),
    },
    ...(tls === undefined ? {} : { tls }),
  };
}

async function authorizationOf(credentials: Credentials): Promise<string | null> {
  switch (credentials.kind) {
    case "none":
      return null;
    case "basic": {
      const path = credentials.passwordPath;
      const password = await readSmallFile(path, "password_file", LIMITS.secretBytesMax);
      return `Basic ${Buffer.from(`${credentials.user}:${password}`, "utf8").toString("base64")}`;
    }
    case "bearer":
      return await bearerOf(credentials.tokenPath);
  }
}

async function tlsOf(trust: Trust): Promise<TextRequest["tls"]> {
  switch (trust.kind) {
    case "system":
      return undefined;
    case "unchecked":
      return { rejectUnauthorized: false };
    case "issuer": {
      const ca = await readSmallFile(trust.caPath, "ca_file", LIMITS.caBytesMax);
      if (!ca.includes("-----BEGIN CERTIFICATE-----")) {
        throw new Error(`its ca_file ${trust.caPath} holds no certificate in PEM`);
      }
      return { ca, rejectUnauthorized: true };
    }
  }
}
