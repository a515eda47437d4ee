/** @jsxImportSource preact */
/**
 * `/login`: a browser gives the token once and gets a signed cookie for it; `/logout` takes it
 * back. Works without JavaScript. Where no token is set there is nothing to log in to.
 */
import type { Context, Hono } from "hono";
import { deleteCookie, setCookie } from "hono/cookie";
import { renderToString } from "preact-render-to-string";
import { LIMITS } from "../src/limits.ts";
import type { Access } from "../src/server/access.ts";
import type { ServerEnv } from "../src/server/context.ts";
import { HttpError } from "../src/server/http_error.ts";
import { LOGIN_STYLE } from "./login_style.ts";

export function mountLogin(app: Hono<ServerEnv>, access: Access | null): void {
  app.get("/login.css", () => {
    const headers = { "Content-Type": "text/css; charset=utf-8", "Cache-Control": "max-age=3600" };
    return new Response(LOGIN_STYLE, { headers });
  });

  app.get("/login", (c) => {
    const next = safeNext(new URL(c.req.url).searchParams.get("next"));
    if (access === null) return c.redirect(next, 303);
    return page({ next, wrong: false }, 200);
  });

  app.post("/login", async (c) => {
    const form = await readForm(c);
    const next = safeNext(form.get("next"));
    if (access === null) return c.redirect(next, 303);
    if (!access.tokenRight(c, (form.get("token") ?? "").trim())) {
      return page({ next, wrong: true }, 401);
    }
    setCookie(c, access.cookieName, access.issueCookie(), {
      ...cookieOptions(c),
      maxAge: LIMITS.sessionMsMax / 1_000,
    });
    return c.redirect(next, 303);
  });

  app.post("/logout", (c) => {
    if (access === null) return c.redirect("/", 303);
    deleteCookie(c, access.cookieName, cookieOptions(c));
    return c.redirect("/login", 303);
  });
}

/** Strict: another site's link or form never carries it. Secure wherever TLS is known to be. */
function cookieOptions(c: Context<ServerEnv>) {
  const secure = c.req.url.startsWith("https:") || c.req.header("x-forwarded-proto") === "https";
  return { httpOnly: true, sameSite: "Strict", path: "/", secure } as const;
}

/** @throws {HttpError} 415 where the body isn't a form. */
async function readForm(c: Context<ServerEnv>): Promise<URLSearchParams> {
  const type = c.req.header("content-type") ?? "";
  if (!/^application\/x-www-form-urlencoded\s*(?:;|$)/i.test(type)) {
    throw new HttpError(
      415,
      "not_a_form",
      "Cannot read the login: it must come as application/x-www-form-urlencoded with token=…; " +
        "programs send Authorization: Bearer <token> with each request instead.",
    );
  }
  return new URLSearchParams(await c.req.text());
}

/** A path of this server; anything that could lead elsewhere (`//host`, `/\host`) becomes `/`. */
export function safeNext(next: string | null): string {
  return next !== null && /^\/(?![/\\])[\x21-\x7e]*$/.test(next) ? next : "/";
}

interface LoginProps {
  readonly next: string;
  readonly wrong: boolean;
}

function page(props: LoginProps, status: number): Response {
  const html = `<!doctype html>${renderToString(<Login {...props} />)}\n`;
  return new Response(html, { status, headers: { "Content-Type": "text/html; charset=utf-8" } });
}

function Login({ next, wrong }: LoginProps) {
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>rackwatch · log in</title>
        <link rel="icon" href="data:," />
        <link rel="stylesheet" href="/login.css" />
      </head>
      <body>
        <main>
          <h1>rackwatch</h1>
          <form method="post" action="/login">
            {/* For password managers, which keep a token under a name. */}
            <input type="text" name="name" value="rackwatch" autocomplete="username" hidden />
            <label for="token">Token</label>
            <input
              id="token"
              name="token"
              type="password"
              autocomplete="current-password"
              required
              autofocus
              aria-describedby={wrong ? "hint wrong" : "hint"}
              aria-invalid={wrong ? "true" : undefined}
            />
            {wrong && (
              <p id="wrong" role="alert">
                ✕ That is not this server's token. Check it and try again.
              </p>
            )}
            <input type="hidden" name="next" value={next} />
            <button type="submit">Log in</button>
          </form>
          <p id="hint">
            It was set with <code>--token</code> or <code>RACKWATCH_TOKEN</code>{" "}
            when this rackwatch was started.
          </p>
        </main>
      </body>
    </html>
  );
}
