/** @jsxImportSource preact */
/** An exact stretch of time by two fields, in the zone that the page shows. */
import { useSignal } from "@preact/signals";
import { exactRange } from "../../src/browser/exact_range.ts";
import { fieldText } from "../../src/browser/wall_clock.ts";
import type { IslandProps } from "../island.ts";
import { closeDialog, Modal } from "./Modal.tsx";

export function RangeDialog({ model, actions }: IslandProps) {
  const { zone, zoneLabel } = model.time.value;
  const toMs = model.nowMs.peek();
  const from = useSignal(fieldText(toMs - model.range.peek().ms, zone));
  const to = useSignal(fieldText(toMs, zone));
  const wrong = useSignal<{ readonly field: string; readonly error: string } | null>(null);
  const close = () => closeDialog(model, "range");
  const show = (event: SubmitEvent) => {
    event.preventDefault();
    const range = exactRange(from.value, to.value, zone, model.serverNowMs.peek());
    if ("error" in range) {
      wrong.value = range;
      return;
    }
    actions.zoom(range.fromMs, range.toMs);
    close();
  };
  return (
    <Modal model={model} name="range" title="Exact from and to" class="range-dialog">
      <form onSubmit={show} noValidate>
        {([["from", "From", from], ["to", "To", to]] as const).map(([name, label, text]) => (
          <label key={name} class="preference">
            <span class="preference-name">{label}</span>
            <input
              type="datetime-local"
              name={name}
              step={1}
              value={text.value}
              aria-invalid={wrong.value?.field === name}
              aria-describedby="range-wrong"
              onInput={(event) =>
                text.value = event.currentTarget.value}
            />
          </label>
        ))}
        <p class="note">{zoneLabel}</p>
        <p class="form-wrong" id="range-wrong" role="alert">{wrong.value?.error}</p>
        <button type="submit" class="button button-main">Show</button>
      </form>
    </Modal>
  );
}
