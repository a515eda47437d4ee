import { expect, test } from "bun:test";
import { UsageError } from "../../src/cli.ts";
import { type InspectInput, NoInputError, openInput } from "../../src/commands/inspect_input.ts";

const BOUNDS = { bytesMax: 1_000, msMax: 20_000 };

function streamOf(...parts: (string | "never ends")[]) {
  return new ReadableStream<Uint8Array>({
    start(controller) {
      for (const part of parts) {
        if (part === "never ends") return;
        controller.enqueue(new TextEncoder().encode(part));
      }
      controller.close();
    },
  });
}

const fromStdin = (stream: ReadableStream<Uint8Array>, bounds = BOUNDS) =>
  openInput("-", () => stream, bounds);

const fromUrl = (url: string, bounds = BOUNDS) => openInput(url, () => streamOf(), bounds);

async function textOf({ files, path }: InspectInput): Promise<string> {
  const file = await files.open(path, "read");
  const bytes = new Uint8Array(await file.size());
  await file.read(bytes, 0);
  return new TextDecoder().decode(bytes);
}

async function withSite(
  answer: (request: Request) => Response | Promise<Response>,
  body: (url: string) => Promise<void>,
) {
  const server = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: answer });
  try {
    await body(server.url.href);
  } finally {
    await server.stop(true);
  }
}

test("inspect input: standard input is read to its end", async () => {
  const input = await fromStdin(streamOf("host,", "time\n"));
  expect(await textOf(input)).toBe("host,time\n");
  expect(input).toMatchObject({ shown: "standard input", isFile: false, cut: null });
});

test("inspect input: of more than the bound the beginning is taken, and it says so", async () => {
  const input = await fromStdin(streamOf("x".repeat(900), "y".repeat(900), "never ends"));
  expect((await textOf(input)).length).toBe(1_000);
  expect(input).toMatchObject({ cut: "the first 1000 bytes", endsInLine: true });
});

test("inspect input: of a stream that does not end, what came in time is taken", async () => {
  const input = await fromStdin(streamOf("host\n", "never ends"), { ...BOUNDS, msMax: 50 });
  expect(await textOf(input)).toBe("host\n");
  expect(input).toMatchObject({ cut: "what came within 50 ms", endsInLine: false });
});

test("inspect input: nothing on standard input is an error, not an empty file", async () => {
  await expect(fromStdin(streamOf())).rejects.toThrow(NoInputError);
});

test("inspect input: a URL's answer has its last part for a name", async () => {
  await withSite(() => new Response("a,b\n"), async (url) => {
    const input = await fromUrl(`${url}lake/rack.csv?day=1`);
    expect(await textOf(input)).toBe("a,b\n");
    expect(input).toMatchObject({ path: "/rack.csv", shown: `${url}lake/rack.csv?day=1` });
  });
});

test("inspect input: an answer other than success is named", async () => {
  await withSite(() => new Response("no", { status: 404 }), async (url) => {
    await expect(fromUrl(`${url}x.csv`)).rejects.toThrow(/x\.csv: the answer is 404/);
  });
});

test("inspect input: a site that does not answer in time is given up", async () => {
  const { promise, resolve } = Promise.withResolvers<Response>();
  await withSite(() => promise, async (url) => {
    await expect(fromUrl(url, { ...BOUNDS, msMax: 50 })).rejects.toThrow("no answer within 50 ms");
    resolve(new Response(""));
  });
});

test("inspect input: a site that is not there is named", async () => {
  let gone = "";
  await withSite(() => new Response(""), (url) => Promise.resolve(void (gone = url)));
  await expect(fromUrl(gone)).rejects.toThrow(`Cannot read ${gone}`);
});

test("inspect input: a URL's password is not shown", async () => {
  await withSite(() => new Response("a\n"), async (url) => {
    const input = await fromUrl(url.replace("http://", "http://me:secret@"));
    expect(JSON.stringify(input)).not.toContain("secret");
  });
});

test("inspect input: another scheme is a wrong call", async () => {
  await expect(fromUrl("s3://bucket/x.csv")).rejects.toThrow(UsageError);
});
