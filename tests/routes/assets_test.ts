/** The page's files where a coding fails. */
import { expect, test } from "bun:test";
import type { ClientAsset } from "../../src/assets/client_assets.ts";
import { TEST_ASSETS, testServer } from "./context.ts";

/** What compressors refuse at the first look, and its bytes at each one after. */
function fickleAsset(): ClientAsset {
  const body = new TextEncoder().encode("'fickle'");
  let looks = 0;
  return {
    type: "text/javascript",
    etag: "fickle",
    get body() {
      return looks++ === 0 ? 5 as unknown as typeof body : body;
    },
  };
}

test("a file that brotli fails at goes out as it is, and no rejection is left over", async () => {
  const unhandled: unknown[] = [];
  const note = (reason: unknown) => void unhandled.push(reason);
  process.on("unhandledRejection", note);
  const path = "/assets/fickle.js";
  const { app } = testServer({ assets: new Map([...TEST_ASSETS, [path, fickleAsset()]]) });
  const response = await app.request(path, { headers: { "accept-encoding": "br" } });
  expect(response.headers.get("content-encoding")).toBeNull();
  expect(await response.text()).toBe("'fickle'");
  await new Promise((resolve) => setTimeout(resolve));
  process.off("unhandledRejection", note);
  expect(unhandled).toEqual([]);
});

test("a coding that failed once is tried again for who comes next", async () => {
  const path = "/assets/fickle.js";
  const { app } = testServer({ assets: new Map([...TEST_ASSETS, [path, fickleAsset()]]) });
  const get = () => app.request(path, { headers: { "accept-encoding": "zstd" } });
  expect((await get()).status).toBe(500);
  const response = await get();
  expect(response.headers.get("content-encoding")).toBe("zstd");
  expect(Buffer.from(await Bun.zstdDecompress(await response.bytes())).toString()).toBe("'fickle'");
});
