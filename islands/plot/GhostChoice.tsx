/** @jsxImportSource preact */
/** Which earlier stretch is drawn behind a chart; in the address, like all that is chosen. */
import type { GhostName } from "../../src/browser/address.ts";
import { ghostChoices } from "../../src/browser/chart_words.ts";
import type { IslandProps } from "../island.ts";

export function GhostChoice({ model, actions }: IslandProps) {
  const choices = ghostChoices(model.isLive.value);
  const { ghost } = model.chosen.value;
  return (
    <select
      class="ghost-choice needs-script"
      aria-label="Compare with the same stretch"
      title="Compare with the same stretch of another time"
      value={choices.some(({ name }) => name === ghost) ? ghost! : ""}
      onChange={(event) => actions.go({ ghost: (event.currentTarget.value || null) as GhostName })}
    >
      <option value="">No ghost</option>
      {choices.map(({ name, label }) => <option key={name} value={name}>{label}</option>)}
    </select>
  );
}
