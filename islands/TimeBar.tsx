/** @jsxImportSource preact */
/** Under everything: where in time the page stands, and the hands to move it. */
import { useSignal } from "@preact/signals";
import type { ComponentType } from "preact";
import { useEffect } from "preact/hooks";
import { SPEEDS, speedText } from "../src/browser/cursor.ts";
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

function Transport({ model, actions }: IslandProps) {
  const { cursor } = model.chosen.value;
  const said = useSignal("");
  const stepMs = model.range.value.ms / 30;
  const jump = async (direction: "next" | "previous") => {
    said.value = await actions.jumpToAlert(direction) ?? "";
  };
  const isMoving = cursor.kind !== "paused";
  return (
    <div class="transport" role="group" aria-label="Play">
      <Key icon="previous" label="Previous alert" key_="[" onPress={() => void jump("previous")} />
      <Key icon="back" label="Step back" key_="←" onPress={() => actions.step(-stepMs)} />
      <Key
        icon={isMoving ? "pause" : "play"}
        label={isMoving ? "Hold" : "Play"}
        key_="Space"
        onPress={() => isMoving ? actions.pause() : actions.play()}
      />
      <Key icon="forth" label="Step forward" key_="→" onPress={() => actions.step(stepMs)} />
      <Key icon="next" label="Next alert" key_="]" onPress={() => void jump("next")} />
      <SpeedSlider model={model} actions={actions} />
      <span class="transport-said quiet" role="status">{said.value}</span>
    </div>
  );
}

function Key({ icon, label, key_, onPress }: {
  readonly icon: IconName;
  readonly label: string;
  readonly key_: string;
  readonly onPress: () => void;
}) {
  return (
    <button
      type="button"
      class="icon-button"
      aria-label={label}
      title={`${label} (${key_})`}
      onClick={onPress}
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
