/** What every island is given: the page's one model, and what the viewer can do. */
import type { Actions } from "../src/browser/actions.ts";
import type { BoardModel } from "../src/browser/board_model.ts";

export interface IslandProps {
  readonly model: BoardModel;
  readonly actions: Actions;
}
