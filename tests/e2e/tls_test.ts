/** TLS on dashboard and agents' port, as an operator sets it, with a renewal while it runs. */
import { expect, test } from "bun:test";
import { connect } from "node:tls";
import type { Status } from "../../src/model/status.ts";
import { run, start, temporaryDirectory, until } from "../support/rackwatch.ts";
import { certificateIn, certificateText, putCertificate, putKey } from "../support/tls.ts";
import { lineNow } from "./support/agent.ts";

test("page, API, agents and verify over TLS; a renewed certificate is taken up", async () => {
  await using directory = await temporaryDirectory();
  const files = await certificateIn(directory.path, "first");
  const ca = await certificateText("first");
  const dataDir = ["--data-dir", directory.path];
  await using rackwatch = start([
    ...["up", "--no-demo", "--no-open", "--feed", "none", ...dataDir],
    ...["--http", "127.0.0.1:0", "--listen", "127.0.0.1:0"],
    ...["--tls-cert", files.certPath, "--tls-key", files.keyPath],
  ]);
  const url = await rackwatch.url();
  expect(url).toStartWith("https://");
  const ask = (path: string, trusted: string) => fetch(`${url}${path}`, { tls: { ca: trusted } });

  const { port } = await rackwatch.address("listening for agents");
  const agent = connect({ host: "127.0.0.1", port, ca });
  agent.end(`${lineNow("tls-1")}\n`);
  const { layers: { speed } } = await until(
    async () => await (await ask("/api/status", ca)).json() as Status,
    (status) => status.layers.speed.committed_rows === 1,
  );
  expect(speed.listen).toBe(`tls://127.0.0.1:${port}`);
  expect(await (await ask("/", ca)).text()).toContain("rackwatch");

  // Beside the running process, whose certificate nobody vouches for.
  expect((await run(["verify", ...dataDir])).code).toBe(0);

  await putCertificate(files, "second");
  await putKey(files, "second");
  const second = await certificateText("second");
  await until(
    () => ask("/healthz", second).then((response) => response.status, () => 0),
    (status) => status === 200,
  );
  expect(await rackwatch.stop()).toBe(0);
}, 60_000);

test("a key that is not the certificate's is a fault that says so", async () => {
  await using directory = await temporaryDirectory();
  const files = await certificateIn(directory.path, "first");
  await putKey(files, "second");
  const { code, stderr } = await run([
    ...["up", "--no-demo", "--no-open", "--feed", "none", "--data-dir", directory.path],
    ...["--http", "127.0.0.1:0", "--tls-cert", files.certPath, "--tls-key", files.keyPath],
  ]);
  expect(code).toBe(1);
  expect(stderr).toContain("key.pem is not that of");
}, 60_000);
