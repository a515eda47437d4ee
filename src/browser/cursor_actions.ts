/** What the viewer can do with time. Pure but for the model it changes and the server it asks. */
import type { Actions } from "./actions.ts";
import type { BoardApi } from "./api.ts";
import { reasonOf } from "./ask.ts";
import type { BoardModel } from "./board_model.ts";
import { atSpeed, type Cursor, LIVE, paused, playing, soughtTo, stepped } from "./cursor.ts";
import { rangeOf } from "./ranges.ts";

type CursorActions = Pick<
  Actions,
  "toLive" | "pause" | "play" | "setSpeed" | "seek" | "step" | "jumpToAlert" | "zoom"
>;

/** A stretch that ends this close to the head is one of now: it goes on moving. */
const HEAD_MS = 2_000;

/** `nowMs`: the server's clock, epoch ms. */
export function cursorActions(
  model: BoardModel,
  api: BoardApi,
  { go, slide }: Pick<Actions, "go" | "slide">,
  nowMs: () => number,
): CursorActions {
  const cursor = () => model.chosen.peek().cursor;
  const move = (to: Cursor) => go({ cursor: to });
  return {
    toLive: () => move(LIVE),
    pause: () => move(paused(cursor(), nowMs())),
    play: () => move(playing(cursor(), model.chosen.peek().speed, nowMs())),
    setSpeed: (speed) => slide({ speed, cursor: atSpeed(cursor(), speed, nowMs()) }),
    seek: (atMs) => slide({ cursor: soughtTo(cursor(), atMs, nowMs()) }),
    step: (byMs) => slide({ cursor: stepped(cursor(), byMs, nowMs()) }),
    zoom: (fromMs, toMs, isMovement = false) => {
      const isNow = toMs >= nowMs() - HEAD_MS;
      (isMovement ? slide : go)({
        range: rangeOf(toMs - fromMs),
        cursor: isNow && cursor().kind === "live" ? LIVE : { kind: "paused", atMs: toMs },
      });
    },
    jumpToAlert: async (direction) => {
      try {
        const alert = await api.alertNear(Math.floor(model.nowMs.peek()), direction);
        if (alert === null) return `There is no ${direction} alert.`;
        move({ kind: "paused", atMs: alert.openedAtMs });
        return null;
      } catch (error) {
        return reasonOf(error);
      }
    },
  };
}
