/** One GET of a text, bounded in bytes, and time for one or several; what goes wrong is in words. */

export interface TextRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** An answer with more is a failure. */
  readonly bytesMax: number;
  /** Whom to trust; unless given, whom the system trusts. */
  readonly tls?: { readonly ca?: string; readonly rejectUnauthorized?: boolean };
}

/** An answer with another status than 200: a redirect too, which is not followed. */
export class StatusError extends Error {
  override readonly name = "StatusError";

  constructor(readonly status: number) {
    super(`it answers ${status}`);
  }
}

/** @throws {Error} for who operates it. */
export async function fetchText(
  { url, headers, bytesMax, tls }: TextRequest,
  signal: AbortSignal,
): Promise<{ readonly text: string; readonly bytes: number }> {
  const response = await fetch(url, {
    signal,
    redirect: "manual",
    headers,
    ...(tls === undefined ? {} : { tls }),
  });
  if (response.status !== 200) {
    await response.body?.cancel();
    throw new StatusError(response.status);
  }
  return await textOf(response, bytesMax);
}

/** @throws {Error} where it takes longer, and whatever `ask` throws. */
export async function inTime<T>(
  timeoutMs: number,
  stopping: AbortSignal,
  ask: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const late = AbortSignal.timeout(timeoutMs);
  try {
    return await ask(AbortSignal.any([late, stopping]));
  } catch (error) {
    if (late.aborted) throw new Error(`no answer within ${timeoutMs / 1_000} s`, { cause: error });
    throw error;
  }
}

async function textOf(response: Response, bytesMax: number) {
  const decoder = new TextDecoder();
  let text = "", bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length;
    if (bytes > bytesMax) throw new Error(`its answer has more than ${bytesMax} bytes`);
    text += decoder.decode(chunk, { stream: true });
  }
  return { text: text + decoder.decode(), bytes };
}
