/** @jsxImportSource preact */
/** The table behind the grid: the first hosts of the chosen order, each a link. */
import { useSignal } from "@preact/signals";
import { searchOf } from "../../src/browser/address.ts";
import { formatMetric, formatNumber, METRIC_VIEWS } from "../../src/browser/format.ts";
import { firstCells, type GridCell, type GridGroup } from "../../src/browser/grid_cells.ts";
import type { GridSort, NameOrder } from "../../src/browser/grid_cells.ts";
import { ageWords, STATE_WORDS } from "../../src/browser/host_words.ts";
import type { Metric } from "../../src/model/reading.ts";
import type { IslandProps } from "../island.ts";
import { Icon } from "../Icon.tsx";
import { onPlainClick } from "../plain_click.ts";
import { RegionName } from "../RegionName.tsx";

const ROWS_MAX = 100;

export interface HostTableProps extends IslandProps {
  readonly groups: readonly GridGroup[];
  readonly hosts: number;
  readonly metric: Metric;
  readonly sort: GridSort;
  readonly order: NameOrder;
}

export function HostTable(props: HostTableProps) {
  const { groups, hosts, metric, sort, order } = props;
  const open = useSignal(false);
  const title = hosts > ROWS_MAX ? `The first ${ROWS_MAX} of ${formatNumber(hosts)}` : "As a table";
  return (
    <details class="as-table" onToggle={(event) => open.value = event.currentTarget.open}>
      <summary>{title}</summary>
      {open.value && (
        <div class="scroll">
          <table class="table">
            <caption class="visually-hidden">Hosts, in the order of the grid</caption>
            <thead>
              <tr>
                <th scope="col">Host</th>
                <th scope="col">Region</th>
                <th scope="col" class="number">{METRIC_VIEWS[metric].label}</th>
                <th scope="col">State</th>
                <th scope="col" class="number">Newest reading</th>
              </tr>
            </thead>
            <tbody>
              {firstCells(groups, sort, order, ROWS_MAX).map((cell) => (
                <Row key={`${cell.region}\0${cell.host}`} cell={cell} {...props} />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </details>
  );
}

function Row({ cell, metric, model, actions }: HostTableProps & { readonly cell: GridCell }) {
  const { host, region, value, state, ageS } = cell;
  const place = { view: "host", host, region } as const;
  return (
    <tr>
      <th scope="row" class="host">
        <a
          href={`/${searchOf({ ...model.chosen.peek(), ...place }, model.nowMs.peek())}`}
          onClick={onPlainClick(() => actions.go(place))}
        >
          {host}
        </a>
      </th>
      <td>
        <RegionName region={region} looks={model.looks.value} />
      </td>
      <td class="number">
        <strong>{formatMetric(metric, value)}</strong>
      </td>
      <td class="host-state" data-state={state}>
        <Icon name={state} /> {STATE_WORDS[state]}
      </td>
      <td class="number quiet">{ageWords(ageS)}</td>
    </tr>
  );
}
