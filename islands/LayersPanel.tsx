/** @jsxImportSource preact */
/** The layers' own state, in the order data flows through them. */
import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { formatNumber } from "../src/browser/format.ts";
import {
  type LayerTone,
  type LayerView,
  layerViews,
  rateText,
} from "../src/browser/layer_views.ts";
import { GENERATOR_RATES } from "../src/browser/ranges.ts";
import { Icon, type IconName } from "./Icon.tsx";
import type { IslandProps } from "./island.ts";

const ICONS: Readonly<Record<LayerTone, IconName>> = {
  good: "ok",
  quiet: "waiting",
  warn: "warning",
  bad: "critical",
};

export function LayersPanel({ model, actions }: IslandProps) {
  const status = model.status.value;
  const rejected = status.layers.speed.dead_letters + status.layers.batch.rows_rejected;
  return (
    <section class="panel layers" aria-labelledby="layers-title">
      <header class="panel-head">
        <h2 class="panel-title" id="layers-title">Layers</h2>
        <a class="panel-aside" href="/api/dead-letters">
          {formatNumber(rejected)} dead letters
        </a>
      </header>
      <div class="layer-cells">
        {layerViews(status, model.time.value).map((view) => (
          <Layer key={view.name} view={view}>
            {view.name === "generator" && <RateControl model={model} actions={actions} />}
          </Layer>
        ))}
      </div>
    </section>
  );
}

function Layer({ view, children }: {
  readonly view: LayerView;
  readonly children: ComponentChildren;
}) {
  return (
    <article class="layer" data-layer={view.name} data-tone={view.tone}>
      <header class="layer-head">
        <h3>{view.title}</h3>
        <span class="layer-state">
          <Icon name={ICONS[view.tone]} />
          {view.word}
        </span>
      </header>
      {view.progress !== null && (
        <progress max={1} value={view.progress} aria-label={`${view.title}: progress`} />
      )}
      <p class="layer-main">
        <strong>{view.main}</strong> <span class="quiet">{view.mainLabel}</span>
      </p>
      <dl class="facts">
        {view.facts.map(([label, value]) => (
          <div key={label}>
            <dt>{label}</dt>
            <dd title={value}>{value}</dd>
          </div>
        ))}
      </dl>
      {view.error !== null && <p class="layer-error">{view.error}</p>}
      {children}
    </article>
  );
}

/** The simulated feed's pace. What the generator runs at is shown, not what was asked for. */
function RateControl({ model, actions }: IslandProps) {
  const { rate } = model.status.value.layers.generator;
  const dragged = useSignal<number | null>(null);
  const asked = model.generator.value;
  const stop = dragged.value ?? nearestStop(rate);
  return (
    <div class="rate needs-script">
      <label class="slider">
        <span class="slider-label">Rate</span>
        <input
          type="range"
          name="generator-rate"
          min={0}
          max={GENERATOR_RATES.length - 1}
          step={1}
          value={stop}
          aria-valuetext={rateText(GENERATOR_RATES[stop] ?? rate)}
          onInput={(event) => dragged.value = Number(event.currentTarget.value)}
          onChange={async (event) => {
            const chosen = GENERATOR_RATES[Number(event.currentTarget.value)];
            if (chosen !== undefined) await actions.setGeneratorRate(chosen);
            dragged.value = null;
          }}
        />
        <output class="slider-value">
          {rateText(dragged.value === null ? rate : GENERATOR_RATES[stop] ?? rate)}
        </output>
      </label>
      {asked.state === "failed" && <p class="layer-error" role="alert">{asked.message}</p>}
    </div>
  );
}

function nearestStop(rate: number): number {
  if (rate === 0) return GENERATOR_RATES.length - 1;
  let best = 0;
  GENERATOR_RATES.forEach((each, stop) => {
    const distance = Math.abs(Math.log((each || Infinity) / rate));
    if (distance < Math.abs(Math.log((GENERATOR_RATES[best] ?? 1) / rate))) best = stop;
  });
  return best;
}
