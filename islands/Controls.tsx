/** @jsxImportSource preact */
/** Hold still or be live, at one touch; how often updates come; find anything; preferences. */
import { formatShort } from "../src/browser/format.ts";
import { REFRESH_SECONDS } from "../src/browser/ranges.ts";
import { Icon } from "./Icon.tsx";
import type { IslandProps } from "./island.ts";

export function Controls({ model, actions }: IslandProps) {
  const isLive = model.isLive.value;
  const seconds = model.refreshSeconds.value;
  const stop = Math.max(0, REFRESH_SECONDS.findIndex((each) => each === seconds));
  return (
    <div class="controls" role="group" aria-label="Updates">
      <button
        type="button"
        class={isLive ? "button" : "button button-live"}
        title={isLive ? "Hold the page at this moment (Space)" : "Back to live (L)"}
        onClick={() => isLive ? actions.pause() : actions.toLive()}
      >
        <Icon name={isLive ? "pause" : "live"} />
        <span class="button-text">{isLive ? "Pause" : "Live"}</span>
      </button>
      <label class="slider">
        <span class="slider-label">Refresh</span>
        <input
          type="range"
          name="refresh"
          min={0}
          max={REFRESH_SECONDS.length - 1}
          step={1}
          value={stop}
          aria-valuetext={`every ${seconds} seconds`}
          onInput={(event) => {
            const chosen = REFRESH_SECONDS[Number(event.currentTarget.value)];
            if (chosen !== undefined) actions.setRefreshSeconds(chosen);
          }}
        />
        <output class="slider-value">{formatShort(seconds)}&#8239;s</output>
      </label>
      <button
        type="button"
        class="icon-button"
        aria-label="Find anything"
        title="Find anything (Ctrl/⌘ K)"
        onClick={() => model.dialog.value = "palette"}
      >
        <Icon name="find" />
      </button>
      <button
        type="button"
        class="icon-button"
        aria-label="Preferences"
        title="Preferences (,)"
        onClick={() => model.dialog.value = "preferences"}
      >
        <Icon name="settings" />
      </button>
    </div>
  );
}
