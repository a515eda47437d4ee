/** Asks a running rackwatch of this machine for work on its store, and reads how it goes. */
import type { Control } from "../runtime/control_file.ts";
import type { UpkeepJob, UpkeepProgress, UpkeepResult } from "../workers/messages.ts";
import type { UpkeepNews } from "../workers/upkeep.ts";

const REQUESTS: Readonly<Record<UpkeepJob, { readonly path: string; readonly body: string }>> = {
  verify: { path: "api/verify", body: "{}" },
  rebuild: { path: "api/rebuild", body: "{}" },
  preview: { path: "api/rebuild", body: '{"dry_run":true}' },
};

/**
 * Null when the signal aborted first: the other process stops the work then.
 * @throws {Error} with the other process's own words.
 */
export async function askRunning(
  { url, key, pid }: Control,
  job: UpkeepJob,
  signal: AbortSignal,
  onProgress: (progress: UpkeepProgress) => void,
): Promise<UpkeepResult | null> {
  const { path, body } = REQUESTS[job];
  try {
    const response = await fetch(new URL(path, url), {
      method: "POST",
      headers: { "Content-Type": "application/json", Authorization: `Bearer ${key}` },
      body,
      signal,
      // Its own certificate need not name the loopback address; the control file says who it is.
      tls: { rejectUnauthorized: false },
    });
    if (!response.ok || response.body === null) {
      throw new Error(`Process ${pid} refused to ${job}: ${await words(response)}`);
    }
    for await (const news of newsOf(response.body)) {
      if ("progress" in news) onProgress(news.progress);
      else if ("result" in news) return news.result;
      else throw new Error(`Process ${pid} could not ${job}: ${news.error}`);
    }
  } catch (error) {
    if (signal.aborted) return null;
    throw error;
  }
  if (signal.aborted) return null;
  throw new Error(`Process ${pid} ended before it was done`);
}

async function words(response: Response): Promise<string> {
  const text = await response.text();
  try {
    return (JSON.parse(text) as { error: { message: string } }).error.message;
  } catch {
    return `${response.status} ${text.slice(0, 200)}`;
  }
}

async function* newsOf(body: ReadableStream<Uint8Array>): AsyncGenerator<UpkeepNews> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of body) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) yield JSON.parse(line) as UpkeepNews;
  }
}
