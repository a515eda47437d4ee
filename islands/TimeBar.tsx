/** @jsxImportSource preact */
/** Under everything: where in time the page stands, and the hands to move it. */
import { useSignal } from "@preact/signals";
import type { ComponentType } from "preact";
import { useEffect } from "preact/hooks";
import { perform } from "../src/browser/commands.ts";
import { SPEEDS, speedText } from "../src/browser/cursor.ts";
import type { Command } from "../src/browser/keys.ts";
import { whenSettled } from "../src/browser/settled.ts";
import { Icon, type IconName } from "./Icon.tsx";
import type { IslandProps } from "./island.ts";

export function TimeBar(props: IslandProps) {
  return (
    <section class="time-bar needs-script" aria-label="Time">
      <Transport {...props} />
      <Strip {...props} />
    </section>
  );
}

/** Its code comes once the page is live. */
function Strip(props: IslandProps) {
  const loaded = useSignal<ComponentType<IslandProps> | null>(null);
  useEffect(() => {
    // Where it can't be had, the rest of the page says that the server is away.
    whenSettled(props.model).then(() => import("./timeline/Timeline.tsx"))
      .then((module) => loaded.value = module.Timeline, () => {});
  }, []);
  const Loaded = loaded.value;
  return Loaded === null ? <div class="timeline timeline-strip" /> : <Loaded {...props} />;
}

function Transport(page: IslandProps) {
  const isMoving = page.model.chosen.value.cursor.kind !== "paused";
  return (
    <div class="transport" role="group" aria-label="Play">
      <Key {...page} icon="previous" label="Previous alert" sign="[" command="previous-alert" />
      <Key {...page} icon="back" label="Step back" sign="←" command="step-back" />
      <Key
        {...page}
        icon={isMoving ? "pause" : "play"}
        label={isMoving ? "Hold" : "Play"}
        sign="Space"
        command="play"
      />
      <Key {...page} icon="forth" label="Step forward" sign="→" command="step-forth" />
      <Key {...page} icon="next" label="Next alert" sign="]" command="next-alert" />
      <SpeedSlider {...page} />
    </div>
  );
}

interface KeyProps extends IslandProps {
  readonly icon: IconName;
  readonly label: string;
  /** The key that does the same. */
  readonly sign: string;
  readonly command: Command;
}

function Key({ icon, label, sign, command, ...page }: KeyProps) {
  return (
    <button
      type="button"
      class="icon-button"
      aria-label={label}
      title={`${label} (${sign})`}
      onClick={() => perform(command, page)}
    >
      <Icon name={icon} />
    </button>
  );
}

function SpeedSlider({ model, actions }: IslandProps) {
  const { speed } = model.chosen.value;
  const nearest = SPEEDS.findIndex((each) => each >= speed);
  return (
    <label class="slider">
      <span class="slider-label">Speed</span>
      <input
        type="range"
        name="speed"
        min={0}
        max={SPEEDS.length - 1}
        step={1}
        value={nearest < 0 ? SPEEDS.length - 1 : nearest}
        aria-valuetext={speedText(speed)}
        onInput={(event) => {
          const chosen = SPEEDS[Number(event.currentTarget.value)];
          if (chosen !== undefined) actions.setSpeed(chosen);
        }}
      />
      <output class="slider-value">{speedText(speed)}</output>
    </label>
  );
}
