/**
 * A click that the page answers itself; with Ctrl, ⌘ or Shift the browser opens the link elsewhere.
 */
export function onPlainClick(act: () => void): (event: MouseEvent) => void {
  return (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    act();
  };
}
