/** @jsxImportSource preact */
/** Which alerts, and in which order. The region is the page's own and stands in the address. */
import type { Signal } from "@preact/signals";
import { ALERT_SORTS, type AlertFilter, type AlertSort } from "../../src/browser/alert_pages.ts";
import type { Alert, Severity } from "../../src/model/alert.ts";
import type { IslandProps } from "../island.ts";
import { Tabs } from "../Tabs.tsx";

const STATES = [
  { name: "", label: "All" },
  { name: "open", label: "Open" },
  { name: "closed", label: "Past" },
] as const;

const SEVERITIES: readonly Option[] = [["critical", "Critical"], ["warning", "Warning"]];

export interface AlertFiltersProps extends IslandProps {
  readonly filter: Signal<AlertFilter>;
  readonly sort: Signal<AlertSort>;
  /** Those shown: their rules can be chosen. */
  readonly alerts: readonly Alert[];
}

export function AlertFilters({ model, actions, filter, sort, alerts }: AlertFiltersProps) {
  const { state, severity, rule, host } = filter.value;
  const change = (part: Partial<AlertFilter>) => filter.value = { ...filter.peek(), ...part };
  const { region } = model.chosen.value;
  const rules = withChosen(alerts.map((alert) => alert.rule), rule);
  const regions = withChosen([...model.looks.value.keys()], region);
  return (
    <div class="alert-filters" role="group" aria-label="Filter and order">
      <Tabs
        label="State"
        tabs={STATES}
        chosen={state ?? ""}
        onChoose={(name) => change({ state: name === "open" || name === "closed" ? name : null })}
      />
      <Select
        label="Severity"
        options={SEVERITIES}
        chosen={severity}
        onChoose={(name) => change({ severity: name as Severity | null })}
      />
      <Select
        label="Region"
        options={regions}
        chosen={region}
        onChoose={(name) => actions.go({ region: name })}
      />
      <Select
        label="Rule"
        options={rules}
        chosen={rule}
        onChoose={(name) => change({ rule: name })}
      />
      <label class="field">
        <span>Host</span>
        <input
          type="search"
          name="alert-host"
          value={host}
          maxLength={200}
          placeholder="part of its name"
          onInput={(event) => change({ host: event.currentTarget.value })}
        />
      </label>
      <label class="field">
        <span>Order</span>
        <select
          name="alert-sort"
          value={sort.value}
          onChange={(event) => sort.value = event.currentTarget.value as AlertSort}
        >
          {Object.entries(ALERT_SORTS).map(([name, text]) => (
            <option key={name} value={name}>{text}</option>
          ))}
        </select>
      </label>
    </div>
  );
}

type Option = readonly [name: string, label: string];

function withChosen(names: readonly string[], chosen: string | null): Option[] {
  const all = new Set(chosen === null ? names : [...names, chosen]);
  return [...all].sort().map((name) => [name, name] as const);
}

function Select({ label, options, chosen, onChoose }: {
  readonly label: string;
  readonly options: readonly Option[];
  readonly chosen: string | null;
  readonly onChoose: (name: string | null) => void;
}) {
  return (
    <label class="field">
      <span>{label}</span>
      <select
        name={`alert-${label.toLowerCase()}`}
        value={chosen ?? ""}
        onChange={(event) => onChoose(event.currentTarget.value || null)}
      >
        <option value="">any</option>
        {options.map(([name, text]) => <option key={name} value={name}>{text}</option>)}
      </select>
    </label>
  );
}
