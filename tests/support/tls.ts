/**
 * Self-signed certificates with their keys, two for 127.0.0.1 and one for elsewhere.test: of tests
 * only, until 2126.
 */
import { copyFile, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { CertificateFiles } from "../../src/runtime/certificate.ts";

const DIRECTORY = join(import.meta.dir, "tls");

export type CertificateName = "first" | "second" | "elsewhere";

export const certificateText = (name: CertificateName) =>
  readFile(join(DIRECTORY, `${name}.cert.pem`), "utf8");

/** Paths of a certificate and key of their own in a directory. */
export async function certificateIn(
  directory: string,
  name: CertificateName,
): Promise<CertificateFiles> {
  const files = { certPath: join(directory, "cert.pem"), keyPath: join(directory, "key.pem") };
  await putCertificate(files, name);
  await putKey(files, name);
  return files;
}

export const putCertificate = (files: CertificateFiles, name: CertificateName) =>
  copyFile(join(DIRECTORY, `${name}.cert.pem`), files.certPath);

export const putKey = (files: CertificateFiles, name: CertificateName) =>
  copyFile(join(DIRECTORY, `${name}.key.pem`), files.keyPath);
