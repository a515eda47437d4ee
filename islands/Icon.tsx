/** @jsxImportSource preact */
/** The page's few signs, drawn on a 16 × 16 grid in the text's colour. Never the only carrier. */

const PATHS = {
  ok: "M3 8.5l3.2 3.2L13 4.8",
  warning: "M8 2.2L14.6 13.6H1.4zM8 6.4v3.4M8 11.6v.4",
  critical: "M5.4 1.8h5.2l3.6 3.6v5.2l-3.6 3.6H5.4l-3.6-3.6V5.4zM8 4.8v4M8 10.9v.4",
  stale: "M8 2a6 6 0 1 0 6 6M8 4.6V8l2.4 1.6M10.6 2.6h3M13.6 2.6l-3 3h3",
  empty: "M8 2a6 6 0 1 0 0 12A6 6 0 1 0 8 2M5 8h6",
  live: "M1.5 8h3l1.8-4.5 3 9L11.4 8h3.1",
  pause: "M5.5 3v10M10.5 3v10",
  play: "M4.5 2.8v10.4L13 8z",
  lost: "M2 2l12 12M5 6.2A5 5 0 0 0 3 8M8 5a5.4 5.4 0 0 1 5 3M6.2 10a2.6 2.6 0 0 1 3.2-.2M8 13v.2",
  waiting: "M8 2a6 6 0 1 0 0 12A6 6 0 1 0 8 2M8 4.8V8l2.2 1.8",
  up: "M8 13V3M4 7l4-4 4 4",
  down: "M8 3v10M4 9l4 4 4-4",
  same: "M3 8h10",
  close: "M4 4l8 8M12 4l-8 8",
  chevron: "M4 6l4 4 4-4",
  previous: "M3.5 3v10M13 3L6.5 8l6.5 5z",
  next: "M12.5 3v10M3 3l6.5 5L3 13z",
  back: "M10.5 3L5 8l5.5 5",
  forth: "M5.5 3L11 8l-5.5 5",
  find: "M7 2.5a4.5 4.5 0 1 0 0 9A4.5 4.5 0 1 0 7 2.5M10.4 10.4L14 14",
  settings: "M2 4.5h6M12 4.5h2M10 2.5v4M2 11.5h2M8 11.5h6M6 9.5v4",
  flow: "M2 8h11M9.5 4.5L13 8l-3.5 3.5",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name }: { readonly name: IconName }) {
  return (
    <svg class={`icon icon-${name}`} viewBox="0 0 16 16" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  );
}
