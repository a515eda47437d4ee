/** @jsxImportSource preact */
/** Where readings come from, and what is not heard: files and live lines by source, connections. */
import { pageAsk } from "../../src/browser/ask.ts";
import { formatNumber, formatSpan, plural } from "../../src/browser/format.ts";
import { askSources, type SourceRow } from "../../src/browser/quality_api.ts";
import type { IslandProps } from "../island.ts";
import { useAnswer } from "../use_answer.ts";
import { Failed } from "./Failed.tsx";

const EVERY_MS = 5_000;

export function SourcesPanel({ model }: Pick<IslandProps, "model">) {
  const answer = useAnswer(model, () => "", () => askSources(pageAsk), {
    liveEveryMs: EVERY_MS,
    replayEveryMs: EVERY_MS,
    followsCursor: false,
  });
  const rows = answer.value.value;
  return (
    <section class="panel sources" aria-labelledby="sources-title">
      <header class="panel-head">
        <h3 class="panel-title" id="sources-title">Sources</h3>
      </header>
      <LiveSources model={model} />
      <Failed answer={answer.value} />
      {rows?.length === 0 && <p class="empty">Nothing was taken in yet.</p>}
      {rows !== null && rows.length > 0 && (
        <div class="scroll" tabIndex={0} role="group" aria-label="Sources">
          <table class="table">
            <thead>
              <tr>
                <th scope="col">Source</th>
                <th scope="col" class="number">Files</th>
                <th scope="col" class="number">Rows</th>
                <th scope="col" class="number">Rejects</th>
                <th scope="col">Newest</th>
              </tr>
            </thead>
            <tbody>
              {rows.map((row) => (
                <Source key={`${row.kind} ${row.name}`} row={row} model={model} />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}

const KINDS: Readonly<Record<SourceRow["kind"], string>> = {
  files: "history files",
  archive: "all live lines",
  live: "live lines",
  scrape: "scraped",
  agent: "agent's token",
};

function Source({ row, model }: { readonly row: SourceRow } & Pick<IslandProps, "model">) {
  const newestMs = row.kind === "archive"
    ? model.liveBoard.value.headMs
    : row.lastReadingMs ?? row.lastRecordMs;
  const notes = [
    row.filesRefused > 0 ? `${formatNumber(row.filesRefused)} refused` : "",
    row.filesLoading > 0 ? `${formatNumber(row.filesLoading)} loading` : "",
  ].filter((note) => note !== "").join(", ");
  return (
    <tr data-source={row.name} data-kind={row.kind}>
      <th scope="row">
        {row.name} <span class="quiet">{KINDS[row.kind]}</span>
        <Schema row={row} model={model} />
      </th>
      <td class="number">
        {row.files === null ? "–" : formatNumber(row.files)}
        {row.kind === "archive" && <span class="quiet">{` in ${plural(row.runs, "run")}`}</span>}
        {notes !== "" && <span class="quiet">{` (${notes})`}</span>}
      </td>
      <td class="number">{row.rows === null ? "–" : formatNumber(row.rows)}</td>
      <td class="number">{row.rejects === null ? "–" : formatNumber(row.rejects)}</td>
      <td>
        {newestMs === null ? "–" : model.time.value.near(newestMs, model.serverNowMs.peek())}
        {row.isSilent && (
          <span class="quiet silent">
            {row.silentS === null
              ? " (never heard)"
              : ` (silent for ${formatSpan(row.silentS * 1000)})`}
          </span>
        )}
      </td>
    </tr>
  );
}

/** Which version of its columns a source has, and what changed last, when and in which file. */
function Schema({ row, model }: { readonly row: SourceRow } & Pick<IslandProps, "model">) {
  const { schemaVersion, schemaNews } = row;
  if (schemaVersion === null) return null;
  return (
    <>
      <span class="quiet">{`, columns version ${schemaVersion}`}</span>
      {schemaNews !== null && (
        <div class="quiet schema-news">
          {schemaNews.words}
          {` (${
            schemaNews.atMs === null
              ? ""
              : `${model.time.value.near(schemaNews.atMs, model.serverNowMs.peek())}, `
          }${schemaNews.file})`}
        </div>
      )}
    </>
  );
}

const CONNECTIONS: Readonly<Record<string, string>> = {
  idle: "not connected",
  connecting: "connecting",
  connected: "connected",
  waiting: "waiting to connect again",
  listening: "listening",
};

function LiveSources({ model }: Pick<IslandProps, "model">) {
  const { feed, listen, connection, agents, reconnects, state, last_error } =
    model.status.value.layers.speed;
  if (state === "off") return <p class="note">This process takes no live lines.</p>;
  return (
    <>
      <dl class="facts">
        <div>
          <dt>Feed dialled</dt>
          <dd>
            {feed === null ? "none" : `${feed}, ${CONNECTIONS[connection] ?? connection}`}
            {reconnects > 0 && `, ${plural(reconnects, "reconnect")}`}
          </dd>
        </div>
        <div>
          <dt>Agents may push to</dt>
          <dd>{listen === null ? "nowhere" : `${listen}, ${plural(agents, "agent")} connected`}</dd>
        </div>
      </dl>
      {last_error !== null && <p class="layer-error">{last_error}</p>}
    </>
  );
}
