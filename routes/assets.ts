/**
 * `/assets/*`: the page's code and style. Names carry a hash of what is inside, so a browser may
 * keep them for ever; each is compressed once for each coding. And `/favicon.ico`.
 */
import type { Hono } from "hono";
import { assetUrls, type ClientAsset } from "../src/assets/client_assets.ts";
import { chooseEncoding, compress, type Encoding } from "../src/server/compression.ts";
import type { ServerContext, ServerEnv } from "../src/server/context.ts";
import { readParameters } from "./parameters.ts";

export function mountAssets(app: Hono<ServerEnv>, context: ServerContext): void {
  const coded = new Map<string, Promise<Uint8Array<ArrayBuffer>>>();
  const inEncoding = (asset: ClientAsset, encoding: Encoding) => {
    const key = `${encoding} ${asset.etag}`;
    const known = coded.get(key);
    if (known !== undefined) return known;
    const made = compress(asset.body, encoding);
    coded.set(key, made);
    return made;
  };

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
    const encoding = chooseEncoding(c.req.header("accept-encoding"));
    if (encoding === null) return new Response(asset.body, { headers });
    headers.set("Content-Encoding", encoding);
    return new Response(await inEncoding(asset, encoding), { headers });
  });
}
