/** The page's files as the server gives them out: from inside the executable, else built now. */
import { type BundledFile, CLIENT_BUNDLE } from "./client_bundle.ts";

export interface ClientAsset {
  readonly body: Uint8Array<ArrayBuffer>;
  /** Media type, with charset where it is text. */
  readonly type: string;
  /** Without quotes; changes when the body does. */
  readonly etag: string;
}

export type ClientAssets = ReadonlyMap<string, ClientAsset>;

/** The addresses that the page's head names. */
export interface AssetUrls {
  readonly script: string;
  /** Runs before the first paint: which theme it is. */
  readonly theme: string;
  /** The shared worker that holds the stream of all tabs. */
  readonly stream: string;
  readonly style: string;
  /** Of views beside the overview, of dialogs, and of what uPlot draws. */
  readonly viewsStyle: string;
  readonly icon: string;
}

let loading: Promise<ClientAssets> | null = null;

/** Keyed by URL path, `/assets/client-1a2b3c4d.js`. Built once a process. */
export function loadClientAssets(): Promise<ClientAssets> {
  loading ??= load();
  return loading;
}

async function load(): Promise<ClientAssets> {
  // The bundler is only brought in where there is a source to bundle.
  const files = CLIENT_BUNDLE ?? await (await import("./build_client.ts")).buildClient();
  return new Map(files.map((file) => [file.path, assetOf(file)]));
}

function assetOf({ text, type }: BundledFile): ClientAsset {
  const body = new TextEncoder().encode(text);
  return { body, type, etag: Bun.hash(body).toString(36) };
}

/** @throws {Error} where a kind of file is missing: the page could not work without it */
export function assetUrls(assets: ReadonlyMap<string, unknown>): AssetUrls {
  const find = (name: string, extension: string) => {
    for (const path of assets.keys()) {
      if (path.startsWith(`/assets/${name}-`) && path.endsWith(extension)) return path;
    }
    throw new Error(`Cannot render the page: no /assets/${name}-*${extension} was built`);
  };
  return {
    script: find("client", ".js"),
    theme: find("theme", ".js"),
    stream: find("stream", ".js"),
    style: find("page", ".css"),
    viewsStyle: find("views", ".css"),
    icon: find("icon", ".svg"),
  };
}
