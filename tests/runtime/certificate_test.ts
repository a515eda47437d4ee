import { describe, expect, test } from "bun:test";
import { rm, symlink, writeFile } from "node:fs/promises";
import { LIMITS } from "../../src/limits.ts";
import {
  type Certificate,
  readCertificate,
  watchCertificate,
} from "../../src/runtime/certificate.ts";
import { ManualClock } from "../sources/sockets.ts";
import { temporaryDirectory } from "../support/rackwatch.ts";
import { certificateIn, certificateText, putCertificate, putKey } from "../support/tls.ts";

const NOW_MS = Date.UTC(2027, 0, 1);

describe("readCertificate", () => {
  test("gives a pair that fits as it stands in the files", async () => {
    await using directory = await temporaryDirectory();
    const files = await certificateIn(directory.path, "first");
    expect(readCertificate(files, NOW_MS).cert).toBe(await certificateText("first"));
  });

  test("refuses a key of another certificate", async () => {
    await using directory = await temporaryDirectory();
    const files = await certificateIn(directory.path, "first");
    await putKey(files, "second");
    expect(() => readCertificate(files, NOW_MS)).toThrow(`key.pem is not that of`);
  });

  test("refuses a certificate that has ended, and says when", async () => {
    await using directory = await temporaryDirectory();
    const files = await certificateIn(directory.path, "first");
    expect(() => readCertificate(files, Date.UTC(2200, 0, 1))).toThrow("ended on");
  });

  test("refuses a chain of which a later certificate is cut", async () => {
    await using directory = await temporaryDirectory();
    const files = await certificateIn(directory.path, "first");
    const next = await certificateText("second");
    await writeFile(files.certPath, (await certificateText("first")) + next.slice(0, 300));
    expect(() => readCertificate(files, NOW_MS)).toThrow("holds no whole chain");
  });

  test("names a file that is not there, and one that is no PEM", async () => {
    await using directory = await temporaryDirectory();
    const files = await certificateIn(directory.path, "first");
    const missing = { ...files, keyPath: `${files.keyPath}.none` };
    expect(() => readCertificate(missing, NOW_MS)).toThrow("key.pem.none can't be read");
    await writeFile(files.certPath, "not PEM");
    expect(() => readCertificate(files, NOW_MS)).toThrow("cert.pem holds no certificate");
  });
});

describe("watchCertificate", () => {
  test("hands a renewed pair on, and not one of which half is written", async () => {
    await using directory = await temporaryDirectory();
    const files = await certificateIn(directory.path, "first");
    const clock = new ManualClock();
    const taken: Certificate[] = [];
    const refused: string[] = [];
    const stop = watchCertificate(files, {
      clock,
      onChange: (certificate) => taken.push(certificate),
      onRefused: (reason) => refused.push(reason),
    });
    clock.advance(LIMITS.certificateLookMs);
    expect(taken).toEqual([]);
    await putCertificate(files, "second");
    clock.advance(2 * LIMITS.certificateLookMs);
    expect(taken).toEqual([]);
    expect(refused).toEqual([expect.stringContaining("key.pem is not that of")]);
    await putKey(files, "second");
    clock.advance(LIMITS.certificateLookMs);
    expect(taken.map((one) => one.cert)).toEqual([await certificateText("second")]);
    clock.advance(LIMITS.certificateLookMs);
    expect(taken).toHaveLength(1);
    stop();
  });

  test("goes on looking where a path can't be looked at", async () => {
    await using directory = await temporaryDirectory();
    const files = await certificateIn(directory.path, "first");
    const clock = new ManualClock();
    const refused: string[] = [];
    let taken = 0;
    const stop = watchCertificate(files, {
      clock,
      onChange: () => taken++,
      onRefused: (reason) => refused.push(reason),
    });
    await rm(files.certPath);
    await symlink(files.certPath, files.certPath);
    clock.advance(LIMITS.certificateLookMs);
    expect(refused).toEqual([expect.stringContaining("cert.pem can't be read")]);
    await rm(files.certPath);
    await certificateIn(directory.path, "second");
    clock.advance(LIMITS.certificateLookMs);
    expect(taken).toBe(1);
    stop();
  });

  test("hands a pair on again where it could not be put to use", async () => {
    await using directory = await temporaryDirectory();
    const files = await certificateIn(directory.path, "first");
    const clock = new ManualClock();
    let tries = 0;
    const stop = watchCertificate(files, {
      clock,
      onRefused: () => {},
      onChange: () => {
        if (++tries === 1) throw new Error("the port is taken");
      },
    });
    await putCertificate(files, "second");
    await putKey(files, "second");
    clock.advance(3 * LIMITS.certificateLookMs);
    expect(tries).toBe(2);
    stop();
  });
});
