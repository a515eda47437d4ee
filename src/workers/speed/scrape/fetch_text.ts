/** One GET of a target's text, bounded in time and bytes; what goes wrong is said in words. */
import { LIMITS } from "../../../limits.ts";
import type { ScrapeTarget } from "./targets.ts";

/** @throws {Error} for who operates it. `token`: for the target alone; no redirect is followed. */
export async function fetchText(
  { url, timeoutMs }: Pick<ScrapeTarget, "url" | "timeoutMs">,
  token: string | null,
  stopping: AbortSignal,
): Promise<string> {
  const late = AbortSignal.timeout(timeoutMs);
  try {
    const response = await fetch(url, {
      signal: AbortSignal.any([late, stopping]),
      redirect: "manual",
      headers: {
        Accept: "text/plain;version=0.0.4",
        ...(token === null ? {} : { Authorization: `Bearer ${token}` }),
      },
    });
    if (response.status !== 200) {
      await response.body?.cancel();
      throw new Error(`it answers ${response.status}`);
    }
    return await textOf(response);
  } catch (error) {
    if (late.aborted) throw new Error(`no answer within ${timeoutMs / 1_000} s`, { cause: error });
    throw error;
  }
}

async function textOf(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = "", bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length;
    if (bytes > LIMITS.scrapeBytesMax) {
      throw new Error(`its answer has more than ${LIMITS.scrapeBytesMax} bytes`);
    }
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}
