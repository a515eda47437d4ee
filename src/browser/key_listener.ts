/**
 * Hears the keys of the page. Left alone: what is typed into a field, what a control in focus does
 * with a key by itself, what somebody nearer has dealt with, and everything while a dialog is open.
 */
import { type Page, perform } from "./commands.ts";
import { KeyReader, strokeOf } from "./keys.ts";

export function listenToKeys(page: Page): void {
  const reader = new KeyReader();
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing || event.repeat && !isStep(event)) return;
    const { model, actions } = page;
    const stroke = strokeOf(event);
    if (event.key === "Escape" && model.dialog.peek() === null && model.chosen.peek().wall) {
      return actions.go({ wall: false });
    }
    if (!stroke.control && (!model.taste.peek().singleKeys || isTheirs(event))) return;
    const command = reader.read(stroke, event.timeStamp);
    if (command === null) return;
    if (command !== "palette" && document.querySelector("dialog[open]") !== null) return;
    event.preventDefault();
    model.notice.value = "";
    perform(command, page);
  });
}

function isStep({ key }: KeyboardEvent): boolean {
  return key === "ArrowLeft" || key === "ArrowRight";
}

const FIELDS = "textarea, select, [contenteditable], input:not([type=range], [type=checkbox], " +
  "[type=radio], [type=button], [type=submit])";
const PRESSED = "button, a[href], summary, input, [role=button]";
const MOVED = "input, [role=slider], [role=grid], [role=listbox], [role=tablist], [role=tree], " +
  "[role=application], [role=separator], [role=menu]";

/** Whether the control in focus does something with this key by itself. */
function isTheirs({ target, key }: KeyboardEvent): boolean {
  if (!(target instanceof Element)) return false;
  if (target.closest(FIELDS) !== null) return true;
  if (key === " " || key === "Enter") return target.closest(PRESSED) !== null;
  return key.startsWith("Arrow") && target.closest(MOVED) !== null;
}
