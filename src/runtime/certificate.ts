/**
 * The certificate and key of TLS: read from PEM files, checked, and read again when they change.
 * A pair that does not fit together (one file is written before the other), can't be read or has
 * ended is not taken: the one in use stays, and the reason is told once.
 */
import { createPrivateKey, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { LIMITS } from "../limits.ts";
import type { Clock } from "./clock.ts";
import { fileStamp } from "./file_stamp.ts";

export interface CertificateFiles {
  /** PEM: the certificate, and after it those that lead to its issuer. Absolute path. */
  readonly certPath: string;
  /** PEM, without a passphrase. Absolute path. */
  readonly keyPath: string;
}

/** As Bun's `tls` takes it. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

/** @throws {Error} that names the file, the rule and what would be right. */
export function readCertificate(files: CertificateFiles, nowMs: number): Certificate {
  const cert = readText(files.certPath, "certificate");
  const key = readText(files.keyPath, "key");
  const parsed = parse(files.certPath, "certificate", () => new X509Certificate(cert));
  const privateKey = parse(files.keyPath, "private key", () => createPrivateKey(key));
  if (!parsed.checkPrivateKey(privateKey)) {
    throw new Error(`Cannot use TLS: the key ${files.keyPath} is not that of ${files.certPath}`);
  }
  if (Date.parse(parsed.validTo) <= nowMs) {
    throw new Error(`Cannot use TLS: the certificate ${files.certPath} ended on ${parsed.validTo}`);
  }
  parse(files.certPath, "whole chain", () => tryPair({ cert, key }));
  return { cert, key };
}

/** Node's parser reads the first certificate only; a listener reads all, and would fail for one. */
function tryPair(tls: Certificate): void {
  const socket = { data: () => {} };
  Bun.listen({ hostname: "127.0.0.1", port: 0, tls, socket }).stop(true);
}

function readText(path: string, what: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    throw new Error(`Cannot use TLS: the ${what} ${path} can't be read: ${reason(cause)}`, {
      cause,
    });
  }
}

function parse<T>(path: string, what: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw new Error(
      `Cannot use TLS: ${path} holds no ${what} in PEM without a passphrase: ${reason(cause)}`,
      { cause },
    );
  }
}

function reason(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}

/**
 * Looks at the files every LIMITS.certificateLookMs and hands a new pair on. Where that throws, the
 * same pair is handed on again at the next look.
 *
 * @returns what ends the watching.
 */
export function watchCertificate(
  files: CertificateFiles,
  { clock, onChange, onRefused }: {
    readonly clock: Clock;
    readonly onChange: (certificate: Certificate) => void;
    /** Told why the pair in the files is not taken: once for each reason. */
    readonly onRefused: (reason: string) => void;
  },
): () => void {
  let taken = stampOf(files);
  let refused = "";
  let cancel = clock.after(LIMITS.certificateLookMs, look);
  function look() {
    const stamp = stampOf(files);
    if (stamp !== taken) {
      try {
        onChange(readCertificate(files, clock.nowMs()));
        taken = stamp;
        refused = "";
      } catch (error) {
        const why = reason(error);
        if (why !== refused) onRefused(why);
        refused = why;
      }
    }
    cancel = clock.after(LIMITS.certificateLookMs, look);
  }
  return () => cancel();
}

/** Differs when a file was written anew, or is another one. */
function stampOf({ certPath, keyPath }: CertificateFiles): string {
  return `${fileStamp(certPath)} ${fileStamp(keyPath)}`;
}
