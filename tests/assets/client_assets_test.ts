import { expect, test } from "bun:test";
import { fileURLToPath } from "node:url";
import { buildClient, embedClient } from "../../src/assets/build_client.ts";
import { assetUrls, loadClientAssets } from "../../src/assets/client_assets.ts";

const files = await buildClient();

test("client files: one script, one style sheet, one icon, named by what is in them", async () => {
  const again = await buildClient();
  expect(again.map((file) => file.path)).toEqual(files.map((file) => file.path));
  const urls = assetUrls(new Map(files.map((file) => [file.path, file])));
  expect(urls.script).toMatch(/^\/assets\/client-[0-9a-z]+\.js$/);
  expect(urls.style).toMatch(/^\/assets\/page-[0-9a-z]+\.css$/);
  expect(urls.icon).toMatch(/^\/assets\/icon-[0-9a-z]+\.svg$/);
  expect(files.length).toBe(3);
});

test("client files: script and style are at most 60 KB compressed", () => {
  const bytes = files.map((file) => Bun.gzipSync(new TextEncoder().encode(file.text)).length);
  expect(bytes.reduce((sum, each) => sum + each, 0)).toBeLessThan(60_000);
});

test("client files: need nothing that the content security policy forbids, and nobody else", () => {
  for (const { text } of files) {
    expect(text).not.toMatch(/\beval\(|new Function\(/);
    expect(text.match(/url\([^)]*\)|@import|fonts\.g/g)).toBeNull();
  }
});

test("client files: a missing one is named", () => {
  expect(() => assetUrls(new Map([["/assets/client-1.js", null]]))).toThrow("/assets/page-*.css");
});

test("client assets: bodies, media types and tags as they are served", async () => {
  const assets = await loadClientAssets();
  const script = assets.get(assetUrls(assets).script)!;
  expect(script.type).toBe("text/javascript; charset=utf-8");
  expect(script.etag).toMatch(/^[0-9a-z]+$/);
  expect(new TextDecoder().decode(script.body)).toBe(
    files.find((each) => each.path.endsWith(".js"))!.text,
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
