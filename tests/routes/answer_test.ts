import { expect, test } from "bun:test";
import { Hono } from "hono";
import { randomBytes } from "node:crypto";
import { zstdDecompressSync } from "node:zlib";
import { createLog } from "../../src/log.ts";
import { compression } from "../../src/server/compression.ts";
import type { ServerEnv } from "../../src/server/context.ts";
import { errorResponse, HttpError } from "../../src/server/http_error.ts";
import { streamAnswer } from "../../routes/answer.ts";

/** Half of a page says always the same, half of it can't be compressed. */
const HALF = 16_384;
const PAGE = "x".repeat(2 * HALF);
const PAGE_BYTES = 4 * HALF;

interface Pages {
  readonly app: Hono<ServerEnv>;
  made: number;
  readonly warnings: string[];
  /** Nothing was made for many turns of the event loop. */
  quiet(): Promise<void>;
  readonly ended: Promise<void>;
}

/** A site whose only page is `pages` pieces long and fails before piece `failsAt`. */
function site(pages: number, failsAt = Infinity): Pages {
  const ended = Promise.withResolvers<void>();
  const app = new Hono<ServerEnv>();
  const warnings: string[] = [];
  const log = createLog({ format: "text", area: "", write: (line) => void warnings.push(line) });
  const quiet = async () => {
    for (let turns = 0, made = 0; turns < 2_000; turns++) {
      if (self.made !== made || made === 0) turns = 0;
      made = self.made;
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  const self: Pages = { app, made: 0, warnings, quiet, ended: ended.promise };
  async function* pieces() {
    try {
      while (self.made < pages) {
        if (self.made === failsAt) throw new HttpError(503, "gone", "The store is gone.");
        self.made++;
        yield PAGE + randomBytes(HALF).toString("hex");
        await new Promise((resolve) => setImmediate(resolve));
      }
    } finally {
      ended.resolve();
    }
  }
  app.use(compression());
  app.get("/", (c) => streamAnswer(c, pieces(), { type: "text/csv", log }));
  app.onError((error) => errorResponse(error as HttpError));
  return self;
}

async function serving(app: Hono<ServerEnv>, task: (url: string) => Promise<void>) {
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch: (request) => app.fetch(request, {}),
  });
  try {
    await task(server.url.href);
  } finally {
    await server.stop(true);
  }
}

test("a streamed answer is whole", async () => {
  const response = await site(20).app.request("/");
  expect((await response.text()).length).toBe(20 * PAGE_BYTES);
});

test("a streamed answer is compressed as it goes", async () => {
  const headers = { "accept-encoding": "zstd" };
  const response = await site(20).app.request("/", { headers });
  expect(response.headers.get("content-encoding")).toBe("zstd");
  expect(zstdDecompressSync(await response.arrayBuffer()).length).toBe(20 * PAGE_BYTES);
});

test("what fails before the first piece gets its own status", async () => {
  const response = await site(20, 0).app.request("/");
  expect(response.status).toBe(503);
});

test("pieces are made only as fast as they are read", async () => {
  const pages = site(1_000);
  const reader = (await pages.app.request("/")).body!.getReader();
  await reader.read();
  await reader.read();
  expect(pages.made).toBeLessThan(6);
  await reader.cancel();
  await pages.ended;
});

for (const encoding of ["identity", "gzip", "zstd"]) {
  test(`a client that goes away ends the making (${encoding})`, async () => {
    const pages = site(Infinity);
    await serving(pages.app, async (url) => {
      const gone = new AbortController();
      const headers = { "accept-encoding": encoding };
      const response = await fetch(url, { headers, signal: gone.signal });
      await response.body!.getReader().read();
      gone.abort();
      await pages.ended;
    });
  });

  test(`a failure midway breaks the answer off, it doesn't end it (${encoding})`, async () => {
    const pages = site(1_000, 500);
    await serving(pages.app, async (url) => {
      const headers = { "accept-encoding": encoding };
      const text = fetch(url, { headers }).then((response) => response.text());
      expect(await text.then(() => "whole", () => "broken off")).toBe("broken off");
    });
    expect(pages.warnings.join("")).toContain("The store is gone.");
  });

  test(`a client that doesn't read holds up the making (${encoding})`, async () => {
    const pages = site(Infinity);
    await serving(pages.app, async (url) => {
      const request = `GET / HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: ${encoding}\r\n\r\n`;
      const socket = await Bun.connect({
        hostname: "127.0.0.1",
        port: Number(new URL(url).port),
        socket: {
          open: (opened) => {
            opened.write(request);
            opened.pause();
          },
          data: () => {},
        },
      });
      await pages.quiet();
      expect(pages.made).toBeGreaterThan(1);
      // What sockets and buffers hold; without backpressure it would never be quiet.
      expect(pages.made * PAGE_BYTES).toBeLessThan(64_000_000);
      socket.terminate();
      await pages.ended;
    });
  });
}
