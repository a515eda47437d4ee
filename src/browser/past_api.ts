/** What the page asks of a moment that is past. */
import type { Alert } from "../model/alert.ts";
import type { Board } from "../model/live_event.ts";
import { alertOf, ALERTS_SHOWN_MAX, alertsOf } from "./alert_answers.ts";
import { ApiError, type Ask, field } from "./ask.ts";

export interface PastApi {
  /** The state of the world, and the alerts as they were then. */
  board(atMs: number): Promise<Board>;
  alertsAt(atMs: number): Promise<readonly Alert[]>;
  /** The next alert that opened after, or the last before; null where there is none. */
  alertNear(atMs: number, direction: "next" | "previous"): Promise<Alert | null>;
}

export function createPastApi({ get }: Ask): PastApi {
  return {
    board: async (atMs) => boardOf(await get("/api/board", { at: Math.floor(atMs) })),
    alertsAt: async (atMs) =>
      alertsOf(await get("/api/alerts", { at: Math.floor(atMs), limit: ALERTS_SHOWN_MAX })),
    alertNear: async (atMs, direction) =>
      alertOf(
        field(await get("/api/alerts/near", { at: Math.floor(atMs), direction }), "alert"),
      ),
  };
}

/** What the page reads of a board must be there; the rest is taken as the server has it. */
function boardOf(body: unknown): Board {
  const board = field(body, "board");
  const isBoard = typeof field(board, "serverMs") === "number" &&
    Array.isArray(field(board, "regions")) && Array.isArray(field(board, "troubles")) &&
    Array.isArray(field(board, "newest")) && typeof field(board, "figures") === "object";
  if (!isBoard) throw new ApiError(200, "The answer holds no board.");
  return board as Board;
}
