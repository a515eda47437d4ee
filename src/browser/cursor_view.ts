/** What the page says of its place in time: the badge that is always in sight. Pure. */
import type { ConnectionView } from "./board_views.ts";
import { type Cursor, speedText } from "./cursor.ts";
import { formatSpan } from "./format.ts";

/** `Paused`, `Replay 8×`, or how the stream stands while live. */
export function badgeOf(
  cursor: Cursor,
  atMs: number,
  serverNowMs: number,
  connection: ConnectionView,
): ConnectionView {
  if (cursor.kind === "live") return connection;
  const behind = `${formatSpan(serverNowMs - atMs)} behind live`;
  const lost = connection.tone === "bad" ? ` · ${connection.label.toLowerCase()}` : "";
  const label = cursor.kind === "paused" ? "Paused" : `Replay ${speedText(cursor.speed)}`;
  return { tone: "past", label, detail: behind + lost };
}
