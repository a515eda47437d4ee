/**
 * PGlite's binaries, from its package when run from source and from inside the compiled
 * executable: the imports below make the build embed them.
 */
import dataPath from "@electric-sql/pglite/pglite.data" with { type: "file" };
import initdbPath from "@electric-sql/pglite/initdb.wasm" with { type: "file" };
import wasmPath from "@electric-sql/pglite/pglite.wasm" with { type: "file" };

export interface PgliteAssets {
  readonly pgliteWasmModule: WebAssembly.Module;
  readonly initdbWasmModule: WebAssembly.Module;
  readonly fsBundle: Blob;
}

export async function pgliteAssets(): Promise<PgliteAssets> {
  const compiled = async (path: string) =>
    await WebAssembly.compile(await Bun.file(path).arrayBuffer());
  const [pgliteWasmModule, initdbWasmModule] = await Promise.all([
    compiled(wasmPath),
    compiled(initdbPath),
  ]);
  return { pgliteWasmModule, initdbWasmModule, fsBundle: Bun.file(dataPath) };
}
