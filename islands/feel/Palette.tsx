/** @jsxImportSource preact */
/** Finds anything by a few letters: a combobox with its list, as ARIA describes it. */
import { type Signal, useSignal } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { pageAsk } from "../../src/browser/ask.ts";
import { HostSearch } from "../../src/browser/host_search.ts";
import {
  ENTRIES_SHOWN_MAX,
  hostEntry,
  type HostName,
  momentEntry,
  paletteEntries,
  type PaletteEntry,
  ranked,
} from "../../src/browser/palette.ts";
import type { IslandProps } from "../island.ts";
import { Keys } from "./KeysDialog.tsx";
import { closeDialog, Modal } from "./Modal.tsx";

export function Palette({ model, actions }: IslandProps) {
  const query = useSignal("");
  const active = useSignal(0);
  const hosts = useHosts(query);
  const known = useMemo(
    () => paletteEntries(model.board.peek().regions.map((each) => each.region)),
    [],
  );
  const moment = momentEntry(query.value, { model, actions });
  const shown = [
    ...(moment === null ? [] : [moment]),
    ...ranked([...known, ...hosts.value.map(hostEntry)], query.value),
  ].slice(0, ENTRIES_SHOWN_MAX);
  const chosen = Math.min(active.value, shown.length - 1);
  const close = () => closeDialog(model, "palette");
  const run = (entry: PaletteEntry | undefined) => {
    if (entry === undefined) return;
    close();
    entry.run({ model, actions });
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const to = movedTo(event.key, chosen, shown.length);
    if (event.key === "Enter") run(shown[chosen]);
    else if (to === null) return;
    else active.value = to;
    event.preventDefault();
  };
  return (
    <Modal model={model} name="palette" title="Find anything" bare class="palette">
      <input
        type="text"
        role="combobox"
        class="palette-field"
        aria-label="Find a host, a time, a command"
        aria-expanded="true"
        aria-controls="palette-list"
        aria-autocomplete="list"
        aria-activedescendant={chosen >= 0 ? `palette-${chosen}` : undefined}
        placeholder="Host, region, time (10:30, yesterday 3 am, 2h ago) or command"
        autocomplete="off"
        spellcheck={false}
        autofocus
        onInput={(event) => {
          query.value = event.currentTarget.value;
          active.value = 0;
        }}
        onKeyDown={onKeyDown}
      />
      <ul class="palette-list" id="palette-list" role="listbox" aria-label="Found">
        {shown.map((entry, index) => (
          <Line
            key={entry.key}
            entry={entry}
            id={`palette-${index}`}
            chosen={index === chosen}
            onRun={() => run(entry)}
          />
        ))}
      </ul>
      <p class={shown.length > 0 ? "visually-hidden" : "empty"} role="status">
        {shown.length === 0 ? "Nothing is called that." : `${shown.length} found`}
      </p>
    </Modal>
  );
}

function Line({ entry, id, chosen, onRun }: {
  readonly entry: PaletteEntry;
  readonly id: string;
  readonly chosen: boolean;
  readonly onRun: () => void;
}) {
  const line = useRef<HTMLLIElement>(null);
  useEffect(() => {
    if (chosen) line.current?.scrollIntoView({ block: "nearest" });
  }, [chosen]);
  return (
    <li
      ref={line}
      id={id}
      class="palette-line"
      role="option"
      aria-selected={chosen}
      onClick={onRun}
    >
      <span class="palette-label">{entry.label}</span>
      <span class="palette-kind">{entry.kind}</span>
      {entry.shortcut !== null && <Keys of={entry.shortcut} />}
    </li>
  );
}

/** Where the arrow keys lead; null for any other key. */
function movedTo(key: string, from: number, count: number): number | null {
  if (count === 0) return null;
  switch (key) {
    case "ArrowDown":
      return (from + 1) % count;
    case "ArrowUp":
      return (from - 1 + count) % count;
    case "PageDown":
      return count - 1;
    case "PageUp":
      return 0;
    default:
      return null;
  }
}

/** A pause in typing this long asks the server. */
const PAUSE_MS = 80;

function useHosts(query: Signal<string>): Signal<readonly HostName[]> {
  const hosts = useSignal<readonly HostName[]>([]);
  const search = useMemo(() => new HostSearch(pageAsk, (_, found) => hosts.value = found), []);
  useEffect(() => {
    // A server that does not answer leaves the rest of the list standing.
    const timer = setTimeout(() => search.look(query.value).catch(() => {}), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [query.value]);
  return hosts;
}
