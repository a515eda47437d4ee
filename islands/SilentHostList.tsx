/** @jsxImportSource preact */
/** The hosts that went silent, by name: asked for while the banner is open. */
import type { SilentHosts } from "../src/browser/api.ts";
import type { BoardModel } from "../src/browser/board_model.ts";
import { formatNumber, formatSpan } from "../src/browser/format.ts";
import { hostStates } from "../src/browser/board_views.ts";
import type { IslandProps } from "./island.ts";
import { RegionName } from "./RegionName.tsx";

const SHOWN_MAX = 50;

export function SilentHostList({ model }: Pick<IslandProps, "model">) {
  const stale = hostStates(model.board.value.regions).stale;
  const found = model.silentHosts.value;
  const asked = model.silence.value;
  if (stale === 0) return null;
  if (found === null || !isOfCursor(found, model)) {
    return asked.state === "failed"
      ? <p class="note" data-state="failed">{asked.message}</p>
      : null;
  }
  const nowMs = found.atMs ?? model.nowMs.value;
  const more = found.hosts.length - SHOWN_MAX;
  return (
    <div class="scroll">
      <table class="table">
        <caption class="visually-hidden">Silent hosts, the longest silent first</caption>
        <thead>
          <tr>
            <th scope="col">Silent host</th>
            <th scope="col">Region</th>
            <th scope="col" class="number">Newest reading</th>
          </tr>
        </thead>
        <tbody>
          {found.hosts.slice(0, SHOWN_MAX).map(({ hostId, region, newestMs }) => (
            <tr key={`${region}/${hostId}`}>
              <th scope="row" class="host">{hostId}</th>
              <td>
                <RegionName region={region} looks={model.looks.value} />
              </td>
              <td class="number">
                {newestMs === null ? "–" : `${formatSpan(nowMs - newestMs)} ago`}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {more > 0 && <p class="quiet">and {formatNumber(more)} more</p>}
      {!found.complete && <p class="quiet">Among the first 1,000 hosts by name.</p>}
    </div>
  );
}

/** Others may have been silent then; a replay is followed as closely as it is asked for. */
function isOfCursor({ atMs }: SilentHosts, model: BoardModel): boolean {
  if (model.isLive.value) return atMs === null;
  const { kind } = model.chosen.value.cursor;
  return atMs !== null && (kind === "replay" || atMs === Math.floor(model.nowMs.value));
}
