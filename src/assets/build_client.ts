/**
 * Builds the page's code and style with Bun's bundler, in memory: about 50 ms. Run from source the
 * server does it at start; the executable has the result inside, put there by `embedClient`.
 */
import { fileURLToPath } from "node:url";
import type { BundledFile } from "./client_bundle.ts";

const ROOT = new URL("../../", import.meta.url);

const TYPES: Readonly<Record<string, string>> = {
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
};

/**
 * The page's files, names carrying a hash of what is inside.
 *
 * @throws {Error} naming the file and line that the bundler refused
 */
export async function buildClient(): Promise<BundledFile[]> {
  const bundles = await Promise.all([
    bundle(["islands/client.tsx", "islands/page.css", "islands/views.css"], {
      // What only some views need comes when one of them is looked at.
      splitting: true,
      format: "esm",
    }),
    // What runs beside the page or before it: each whole in a file of its own.
    bundle(["islands/theme.ts", "islands/stream.ts"], { splitting: false, format: "iife" }),
  ]);
  const icon = await Bun.file(new URL("islands/icon.svg", ROOT)).text();
  return [...bundles.flat(), file(`icon-${Bun.hash(icon).toString(36)}.svg`, icon)];
}

async function bundle(
  names: readonly string[],
  how: { readonly splitting: boolean; readonly format: "esm" | "iife" },
): Promise<BundledFile[]> {
  const result = await Bun.build({
    entrypoints: names.map((name) => fileURLToPath(new URL(name, ROOT))),
    target: "browser",
    minify: true,
    sourcemap: "none",
    naming: { entry: "[name]-[hash].[ext]", chunk: "part-[name]-[hash].[ext]" },
    define: { "process.env.NODE_ENV": '"production"' },
    throw: false,
    ...how,
  });
  if (!result.success) {
    throw new Error(`Cannot build the page: ${result.logs.map(String).join("; ")}`);
  }
  return await Promise.all(
    result.outputs.map(async (output) =>
      file(output.path.replace(/^.*[/\\]/, ""), await output.text())
    ),
  );
}

function file(name: string, text: string): BundledFile {
  const extension = /\.[a-z]+$/.exec(name)?.[0] ?? "";
  return { path: `/assets/${name}`, type: TYPES[extension] ?? "application/octet-stream", text };
}

/** For `Bun.build({ compile, plugins: [embedClient(await buildClient())] })`. */
export function embedClient(files: readonly BundledFile[]): Bun.BunPlugin {
  return {
    name: "embed-client",
    setup: (build) => {
      build.onLoad({ filter: /[/\\]assets[/\\]client_bundle\.ts$/ }, () => ({
        loader: "js",
        contents: `export const CLIENT_BUNDLE = ${JSON.stringify(files)};`,
      }));
    },
  };
}
