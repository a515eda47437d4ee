/** Up and down through a list whose rows each have one button marked `data-row`. */

/** @param onAcknowledge is told the row's id when `a` is pressed on it */
export function moveAmongRows(event: KeyboardEvent, onAcknowledge: (id: string) => void): void {
  const target = event.target as HTMLElement;
  if (event.ctrlKey || event.metaKey || event.altKey || target.closest("form") !== null) return;
  const row = target.closest<HTMLElement>("[data-alert]");
  const list = event.currentTarget as HTMLElement;
  const buttons = [...list.querySelectorAll<HTMLElement>("button[data-row]")];
  const index = buttons.findIndex((button) => row?.contains(button));
  const to = placeAfter(event.key, index, buttons.length);
  if (to !== null) {
    buttons[to]?.focus();
  } else if (event.key === "a" && row?.dataset["alert"] !== undefined) {
    onAcknowledge(row.dataset["alert"]);
  } else {
    return;
  }
  // Neither the page's own keys nor its scrolling take it as well.
  event.preventDefault();
  event.stopPropagation();
}

function placeAfter(key: string, index: number, length: number): number | null {
  if (length === 0) return null;
  switch (key) {
    case "ArrowDown":
      return Math.min(length - 1, index + 1);
    case "ArrowUp":
      return Math.max(0, index - 1);
    case "Home":
      return 0;
    case "End":
      return length - 1;
    default:
      return null;
  }
}
