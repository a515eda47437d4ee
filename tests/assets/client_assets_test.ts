import { expect, test } from "bun:test";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants } from "node:zlib";
import { buildClient, embedClient } from "../../src/assets/build_client.ts";
import { assetUrls, loadClientAssets } from "../../src/assets/client_assets.ts";

const files = await buildClient();

test("client files: a script, a style sheet, an icon, what runs beside them, named by what is in them", async () => {
  const again = await buildClient();
  expect(again.map((file) => file.path)).toEqual(files.map((file) => file.path));
  const urls = assetUrls(new Map(files.map((file) => [file.path, file])));
  expect(urls.script).toMatch(/^\/assets\/client-[0-9a-z]+\.js$/);
  expect(urls.style).toMatch(/^\/assets\/page-[0-9a-z]+\.css$/);
  expect(urls.icon).toMatch(/^\/assets\/icon-[0-9a-z]+\.svg$/);
});

/** What a file's static imports name; a dynamic one comes when it is called for. */
function importsOf(text: string): string[] {
  const found = text.matchAll(/(?:\bfrom|\bimport)\s*"\.\/([^"]+)"/g);
  return [...found].map((match) => `/assets/${match[1]}`);
}

test("client files: what a page needs to be live is at most 50 KB as a browser with brotli gets it", () => {
  const byPath = new Map(files.map((each) => [each.path, each]));
  const { icon: _, viewsStyle: __, ...first } = assetUrls(byPath);
  const wanted = new Set<string>(Object.values(first));
  for (const path of wanted) for (const one of importsOf(byPath.get(path)!.text)) wanted.add(one);
  const sizes = [...wanted].map((path) => [path, brotliSize(byPath.get(path)!.text)] as const);
  expect(sizes.length).toBeGreaterThanOrEqual(3);
  expect(sizes.reduce((sum, [, bytes]) => sum + bytes, 0)).toBeLessThanOrEqual(50_000);
});

function brotliSize(text: string): number {
  const params = { [constants.BROTLI_PARAM_QUALITY]: 11 };
  return brotliCompressSync(text, { params }).length;
}

test("client files: need nothing that the content security policy forbids, and nobody else", () => {
  for (const { text } of files) {
    expect(text).not.toMatch(/\beval\(|new Function\(/);
    expect(text.match(/url\((?!#)[^)]*\)|@import|fonts\.g/g)).toBeNull();
  }
});

test("client files: a missing one is named", () => {
  const scripts = ["client", "theme", "stream"].map((name) =>
    [`/assets/${name}-1.js`, null] as const
  );
  expect(() => assetUrls(new Map(scripts))).toThrow("/assets/page-*.css");
});

test("client assets: bodies, media types and tags as they are served", async () => {
  const assets = await loadClientAssets();
  const script = assets.get(assetUrls(assets).script)!;
  expect(script.type).toBe("text/javascript; charset=utf-8");
  expect(script.etag).toMatch(/^[0-9a-z]+$/);
  expect(new TextDecoder().decode(script.body)).toBe(
    files.find((each) => each.path.startsWith("/assets/client-"))!.text,
  );
});

test("client assets: an executable's build carries the files in place of the bundler's work", async () => {
  const result = await Bun.build({
    entrypoints: [fileURLToPath(new URL("../../src/assets/client_bundle.ts", import.meta.url))],
    target: "bun",
    plugins: [embedClient(files)],
  });
  const url = URL.createObjectURL(
    new Blob([await result.outputs[0]!.text()], { type: "text/javascript" }),
  );
  expect((await import(url)).CLIENT_BUNDLE).toEqual(files);
});
