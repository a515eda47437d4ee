/**
 * `/assets/*`: the page's code and style. Names carry a hash of what is inside, so a browser may
 * keep them for ever; each is compressed once for each coding, as small as brotli can where the client
 * takes that. And `/favicon.ico`.
 */
import type { Hono } from "hono";
import { assetUrls, type ClientAsset } from "../src/assets/client_assets.ts";
import { chooseEncoding, compress, type Encoding } from "../src/server/compression.ts";
import type { ServerContext, ServerEnv } from "../src/server/context.ts";
import { readParameters } from "./parameters.ts";

export function mountAssets(app: Hono<ServerEnv>, context: ServerContext): void {
  const coded = new CodedAssets();

  // Browsers ask for it beside every answer that is no page.
  app.get("/favicon.ico", (c) => {
    readParameters(c.req.url, {});
    return c.redirect(assetUrls(context.assets).icon, 302);
  });

  app.get("/assets/*", async (c) => {
    readParameters(c.req.url, {});
    const asset = context.assets.get(c.req.path);
    if (asset === undefined) return c.notFound();
    // Weak: the same file in another coding has other bytes and is the same file.
    const etag = `W/"${asset.etag}"`;
    const headers = new Headers({
      "Content-Type": asset.type,
      "Cache-Control": "public, max-age=31536000, immutable",
      "ETag": etag,
      "Vary": "Accept-Encoding",
    });
    if (c.req.header("if-none-match")?.includes(etag)) {
      return new Response(null, { status: 304, headers });
    }
    const accepted = c.req.header("accept-encoding");
    const best = chooseEncoding(accepted, ["br", "zstd", "gzip"]);
    const smallest = best === "br" ? coded.smallest(asset) : null;
    const encoding = smallest === null ? chooseEncoding(accepted) : best;
    if (encoding === null) return new Response(asset.body, { headers });
    headers.set("Content-Encoding", encoding);
    return new Response(smallest ?? await coded.get(asset, encoding), { headers });
  });
}

/** Each asset in each coding that somebody took, made once. */
class CodedAssets {
  readonly #made = new Map<string, Promise<Uint8Array<ArrayBuffer>>>();
  readonly #smallest = new Map<string, Uint8Array<ArrayBuffer>>();

  get(asset: ClientAsset, encoding: Encoding): Promise<Uint8Array<ArrayBuffer>> {
    const key = `${encoding} ${asset.etag}`;
    let made = this.#made.get(key);
    if (made !== undefined) return made;
    this.#made.set(key, made = compress(asset.body, encoding));
    // Who comes next may have better luck.
    made.catch(() => this.#made.delete(key));
    return made;
  }

  /** In brotli; null until that is done, for who opens the page first does not wait for it. */
  smallest(asset: ClientAsset): Uint8Array<ArrayBuffer> | null {
    const ready = this.#smallest.get(asset.etag);
    if (ready !== undefined) return ready;
    // Where it fails, clients go on with the quicker codings.
    this.get(asset, "br").then((made) => this.#smallest.set(asset.etag, made), () => {});
    return null;
  }
}
