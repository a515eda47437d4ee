/** @jsxImportSource preact */
/** Which earlier stretch is drawn behind a chart; in the address, like all that is chosen. */
import { type GhostName, GHOSTS } from "../../src/browser/address.ts";
import { GHOST_LABELS } from "../../src/browser/chart_words.ts";
import type { IslandProps } from "../island.ts";

export function GhostChoice({ model, actions }: IslandProps) {
  const isLive = model.isLive.value;
  const names = (Object.keys(GHOSTS) as GhostName[]).filter((name) => name !== "now" || !isLive);
  const { ghost } = model.chosen.value;
  return (
    <select
      class="ghost-choice needs-script"
      aria-label="Compare with the same stretch"
      title="Compare with the same stretch of another time"
      value={ghost !== null && names.includes(ghost) ? ghost : ""}
      onChange={(event) => actions.go({ ghost: (event.currentTarget.value || null) as GhostName })}
    >
      <option value="">No ghost</option>
      {names.map((name) => <option key={name} value={name}>{GHOST_LABELS[name]}</option>)}
    </select>
  );
}
