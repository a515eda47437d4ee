/** Does what a key or a line of the command palette says. Every command is an action of the page. */
import { METRICS } from "../model/reading.ts";
import type { Actions } from "./actions.ts";
import { toView, type ViewName } from "./address.ts";
import type { BoardModel } from "./board_model.ts";
import { METRIC_VIEWS } from "./format.ts";
import type { Command } from "./keys.ts";
import { THEMES } from "./preferences.ts";
import { rangeOf } from "./ranges.ts";

export interface Page {
  readonly model: BoardModel;
  readonly actions: Actions;
}

/** A step is a thirtieth of what the charts show. */
const STEPS = 30;

export const THEME_LABELS = {
  system: "as the system",
  light: "light",
  dark: "dark",
  contrast: "high contrast",
} as const;

export function perform(command: Command, page: Page): void {
  if (command.startsWith("range ")) return page.actions.setRange(command.slice(6));
  if (command.startsWith("view ")) {
    const view = command.slice(5) as ViewName;
    return page.actions.go(toView(page.model.chosen.peek(), view));
  }
  SIMPLE[command as SimpleCommand](page);
}

type SimpleCommand = Exclude<Command, `range ${string}` | `view ${ViewName}`>;

const step = (steps: number) => ({ model, actions }: Page) =>
  actions.step(steps * model.range.peek().ms / STEPS);

const jump = (direction: "next" | "previous") => ({ model, actions }: Page) =>
  void actions.jumpToAlert(direction).then((said) => {
    if (said !== null) model.notice.value = said;
  });

/** The cursor keeps its place at the charts' end. */
const zoom = (factor: number) => ({ model, actions }: Page) =>
  actions.go({ range: rangeOf(model.range.peek().ms * factor) });

const SIMPLE: Readonly<Record<SimpleCommand, (page: Page) => void>> = {
  play: ({ model, actions }) =>
    model.chosen.peek().cursor.kind === "paused" ? actions.play() : actions.pause(),
  live: ({ actions }) => actions.toLive(),
  "step-back": step(-1),
  "step-forth": step(1),
  "step-back-far": step(-10),
  "step-forth-far": step(10),
  "previous-alert": jump("previous"),
  "next-alert": jump("next"),
  "zoom-in": zoom(1 / 2),
  "zoom-out": zoom(2),
  undo: ({ actions }) => actions.back(),
  "next-metric": ({ model, actions }) => {
    const metric = METRICS[(METRICS.indexOf(model.metric.peek()) + 1) % METRICS.length]!;
    actions.setMetric(metric);
    model.notice.value = METRIC_VIEWS[metric].label;
  },
  units: ({ model, actions }) => {
    const temperature = model.taste.peek().temperature === "C" ? "F" : "C";
    actions.prefer({ temperature });
    model.notice.value = `Temperatures in °${temperature}`;
  },
  zone: ({ model, actions }) => {
    actions.prefer({ zone: model.taste.peek().zone === "UTC" ? "local" : "UTC" });
    model.notice.value = `Times in ${model.time.peek().zoneLabel}`;
  },
  theme: ({ model, actions }) => {
    const { theme } = model.taste.peek();
    const next = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length] ?? "system";
    actions.prefer({ theme: next });
    model.notice.value = `Theme: ${THEME_LABELS[next]}`;
  },
  wall: ({ model, actions }) => {
    const wall = !model.chosen.peek().wall;
    actions.go({ wall });
    model.notice.value = wall ? "Wall screen; F or Esc ends it" : "";
  },
  search: focusSearch,
  "exact-range": ({ model }) => model.dialog.value = "range",
  keys: ({ model }) => model.dialog.value = "keys",
  preferences: ({ model }) => model.dialog.value = "preferences",
  palette: ({ model }) => model.dialog.value = model.dialog.peek() === "palette" ? null : "palette",
};

/** The view's own field where it has one. */
function focusSearch({ model }: Page): void {
  const field = document.querySelector<HTMLInputElement>('main input[type="search"]');
  if (field === null) return void (model.dialog.value = "palette");
  field.focus();
  // What is typed next takes the place of the search before.
  field.select();
}
