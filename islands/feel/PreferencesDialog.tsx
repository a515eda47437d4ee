/** @jsxImportSource preact */
/** How the page looks and is written for this viewer. Every choice holds at once and is kept. */
import { THEME_LABELS } from "../../src/browser/commands.ts";
import { formatNumber, formatShort } from "../../src/browser/format.ts";
import { type Taste, THEMES } from "../../src/browser/preferences.ts";
import { REFRESH_SECONDS } from "../../src/browser/ranges.ts";
import { viewerZone } from "../../src/browser/times.ts";
import type { IslandProps } from "../island.ts";
import { Modal } from "./Modal.tsx";

export function PreferencesDialog(props: IslandProps) {
  const { model, actions } = props;
  const { singleKeys } = model.taste.value;
  return (
    <Modal model={model} name="preferences" title="Preferences" class="preferences">
      <Choice {...props} legend="Theme" of="theme" options={THEMES.map(themeOption)} />
      <Choice {...props} legend="Temperatures" of="temperature" options={TEMPERATURES} />
      <Choice {...props} legend="Times in" of="zone" options={zoneOptions()} />
      <Choice {...props} legend="Hours" of="hours" options={HOURS} />
      <Refresh {...props} />
      <label class="preference preference-check">
        <input
          type="checkbox"
          checked={singleKeys}
          onChange={(event) => actions.prefer({ singleKeys: event.currentTarget.checked })}
        />
        Single keys do something (? shows which)
      </label>
      <p class="note">
        Numbers and dates are written as this browser is set,{" "}
        {formatNumber(12_345.6, 1)}. Kept in this browser only.
      </p>
    </Modal>
  );
}

type Option = readonly [value: string, label: string];

const TEMPERATURES: readonly Option[] = [["C", "°C"], ["F", "°F"]];
const HOURS: readonly Option[] = [["24", "24 h"], ["12", "12 h"]];

function themeOption(theme: Taste["theme"]): Option {
  const label = THEME_LABELS[theme];
  return [theme, label.charAt(0).toUpperCase() + label.slice(1)];
}

function zoneOptions(): readonly Option[] {
  return [["local", viewerZone()], ["UTC", "UTC"]];
}

function Choice({ model, actions, legend, of, options }: IslandProps & {
  readonly legend: string;
  readonly of: "theme" | "temperature" | "zone" | "hours";
  readonly options: readonly Option[];
}) {
  return (
    <fieldset class="preference">
      <legend>{legend}</legend>
      {options.map(([value, label]) => (
        <label key={value}>
          <input
            type="radio"
            name={of}
            value={value}
            checked={model.taste.value[of] === value}
            onChange={() => actions.prefer({ [of]: value } as Partial<Taste>)}
          />
          {label}
        </label>
      ))}
    </fieldset>
  );
}

function Refresh({ model, actions }: IslandProps) {
  return (
    <label class="preference">
      <span class="preference-name">Refresh every</span>
      <select
        name="refresh-seconds"
        value={String(model.refreshSeconds.value)}
        onChange={(event) => actions.setRefreshSeconds(Number(event.currentTarget.value))}
      >
        {REFRESH_SECONDS.map((seconds) => (
          <option key={seconds} value={String(seconds)}>{formatShort(seconds)} s</option>
        ))}
      </select>
    </label>
  );
}
