/** Keys that only do something where the focus is, for the list that `?` opens. */

export interface PlaceKeys {
  /** Where the focus has to be. */
  readonly place: string;
  /** As `KEY_BINDINGS` writes keys; any of them. */
  readonly keys: readonly (readonly [label: string, ...keys: readonly string[]])[];
}

export const PLACE_KEYS: readonly PlaceKeys[] = [
  {
    place: "In a chart",
    keys: [
      ["Move the crosshair", "ArrowLeft", "ArrowRight"],
      ["Select a stretch", "Shift+ArrowLeft", "Shift+ArrowRight"],
      ["Zoom to what is selected", "Enter"],
      ["Zoom in, out", "+", "-"],
      ["Let go", "Escape"],
    ],
  },
  {
    place: "On the time line",
    keys: [
      ["Move the cursor", "ArrowLeft", "ArrowRight"],
      ["Ten times as far", "PageDown", "PageUp"],
      ["Longer, shorter stretch", "Shift+ArrowLeft", "Shift+ArrowRight"],
      ["Zoom in, out", "+", "-"],
      ["All that is recorded", "0"],
    ],
  },
  {
    place: "In the grid of hosts",
    keys: [
      ["Move from host to host", "ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown"],
      ["Next, previous region", "PageDown", "PageUp"],
      ["Open the host", "Enter"],
    ],
  },
  {
    place: "In the view of alerts",
    keys: [
      ["Next, previous alert", "ArrowDown", "ArrowUp"],
      ["Go to its opening", "Enter"],
      ["Acknowledge", "a"],
    ],
  },
];
