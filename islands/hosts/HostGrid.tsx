/** @jsxImportSource preact */
/**
 * The canvas with a cell a host, and the one cell under the pointer or the keys. One element takes
 * the focus; where a pointer is, arithmetic tells.
 */
import { type Signal, useSignal } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
import type { GridCell, GridGroup } from "../../src/browser/grid_cells.ts";
import {
  cellAt,
  cellRect,
  GRID_KEYS,
  type GridLayout,
  gridLayout,
  movedCell,
} from "../../src/browser/grid_layout.ts";
import { cellWords } from "../../src/browser/host_words.ts";
import { plural } from "../../src/browser/format.ts";
import { formats } from "../../src/browser/formats.ts";
import { drawGrid, type GridPicture } from "./grid_canvas.ts";

export interface HostGridProps extends Omit<GridPicture, "layout" | "cells"> {
  readonly groups: readonly GridGroup[];
  readonly onOpen: (cell: GridCell, inNewTab: boolean) => void;
}

export function HostGrid(props: HostGridProps) {
  const { groups, metric, scale, looks, paint, onOpen } = props;
  const frame = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const width = useWidth(frame);
  const layout = useMemo(
    () => gridLayout(groups.map(({ region, cells }) => ({ region, count: cells.length })), width),
    [groups, width],
  );
  const cells = useMemo(() => placedCells(groups, layout), [groups, layout]);
  const chosen = useSignal<string | null>(null);
  const pointed = useSignal<number | null>(null);
  const said = useSignal("");
  const at = indexOf(cells, chosen.value);
  const shown = pointed.value ?? at;
  const cell = shown === null ? undefined : cells[shown];
  useEffect(() => {
    if (canvas.current === null || width === 0) return;
    const picture = { layout, cells, metric, scale, looks, paint };
    const asked = requestAnimationFrame(() => {
      if (canvas.current !== null) drawGrid(canvas.current, picture);
    });
    return () => cancelAnimationFrame(asked);
  }, [layout, cells, metric, scale, looks, paint, formats.value]);

  const choose = (index: number) => {
    const next = cells[index];
    if (next === undefined) return;
    pointed.value = null;
    chosen.value = keyOf(next);
    said.value = cellWords(next, metric);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const key = GRID_KEYS.find((each) => each === event.key);
    if (key === undefined && event.key !== "Enter") return;
    // These keys move the cell here, and not the page's place in time.
    event.preventDefault();
    event.stopPropagation();
    if (key !== undefined) choose(movedCell(layout, at ?? 0, key));
    else if (at !== null && cells[at] !== undefined) onOpen(cells[at], false);
  };
  return (
    <div class="host-grid">
      <p class="host-grid-said" data-state={cell?.state}>
        {cell === undefined
          ? "Point at a host, or move with the arrow keys; Enter opens it."
          : cellWords(cell, metric)}
      </p>
      <p class="visually-hidden" role="status">{said.value}</p>
      <div
        class="host-grid-frame"
        ref={frame}
        role="application"
        aria-label={`${plural(layout.count, "host")}, one cell each: arrow keys move, Enter opens`}
        tabIndex={0}
        onKeyDown={onKeyDown}
        // Not by a pointer: the first cell coming into sight would move the one that is clicked.
        onFocus={(event) => event.currentTarget.matches(":focus-visible") && choose(at ?? 0)}
      >
        <canvas
          ref={canvas}
          class={pointed.value === null ? undefined : "is-pointed"}
          aria-hidden="true"
          onPointerMove={(event) => pointed.value = cellAt(layout, event.offsetX, event.offsetY)}
          onPointerLeave={() => pointed.value = null}
          onClick={(event) => {
            const index = cellAt(layout, event.offsetX, event.offsetY);
            const hit = index === null ? undefined : cells[index];
            if (hit !== undefined) onOpen(hit, event.ctrlKey || event.metaKey);
          }}
        />
        <Marker layout={layout} index={shown} chosen={chosen} />
      </div>
      {layout.omitted > 0 && (
        <p class="note">
          {plural(layout.omitted, "further host")} not drawn: choose a region or a part of a name.
        </p>
      )}
    </div>
  );
}

/** The frame around the cell; what the keys chose is kept in sight. */
function Marker({ layout, index, chosen }: {
  readonly layout: GridLayout;
  readonly index: number | null;
  readonly chosen: Signal<string | null>;
}) {
  const marker = useRef<HTMLSpanElement>(null);
  const rect = index === null ? null : cellRect(layout, index);
  useEffect(() => {
    if (marker.current === null || rect === null) return;
    const { style } = marker.current;
    style.setProperty("left", `${rect.x}px`);
    style.setProperty("top", `${rect.y}px`);
    style.setProperty("width", `${rect.width}px`);
    style.setProperty("height", `${rect.height}px`);
  }, [rect?.x, rect?.y, rect?.width, rect?.height]);
  const name = chosen.value;
  useEffect(() => {
    if (name !== null) marker.current?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }, [name]);
  return <span ref={marker} class="host-grid-marker" hidden={rect === null} />;
}

function useWidth(frame: { readonly current: HTMLElement | null }): number {
  const width = useSignal(0);
  useEffect(() => {
    const element = frame.current;
    if (element === null) return;
    const read = () => width.value = element.clientWidth;
    read();
    const observer = new ResizeObserver(read);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return width.value;
}

/** By their number in the layout, without those that have no place. */
function placedCells(groups: readonly GridGroup[], layout: GridLayout): GridCell[] {
  const placed = new Set(layout.groups.map((each) => each.region));
  return groups.filter((each) => placed.has(each.region)).flatMap((each) => each.cells);
}

function keyOf({ host, region }: GridCell): string {
  return JSON.stringify([region, host]);
}

/** The chosen host keeps the frame when the order changes; null where it is not shown. */
function indexOf(cells: readonly GridCell[], key: string | null): number | null {
  if (key === null) return null;
  const [region, host] = JSON.parse(key) as [string, string];
  const index = cells.findIndex((cell) => cell.host === host && cell.region === region);
  return index < 0 ? null : index;
}
