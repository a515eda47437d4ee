/** @jsxImportSource preact */
/** Whether somebody has seen an alert and what they said; and the form to say so. */
import { useSignal } from "@preact/signals";
import { useLayoutEffect, useRef } from "preact/hooks";
import { NOTE_CHARS_MAX } from "../../src/browser/alert_pages.ts";
import { Icon } from "../Icon.tsx";
import type { IslandProps } from "../island.ts";
import type { AlertRowProps } from "./AlertRow.tsx";

export function Acknowledgement(props: AlertRowProps) {
  const { alert, model, seen, writing } = props;
  const here = seen.value.get(alert.id);
  const atMs = alert.acknowledgedAtMs ?? here?.atMs ?? null;
  const note = here === undefined ? alert.acknowledgedNote : here.note;
  if (writing.value === alert.id) return <NoteForm {...props} note={note} />;
  const isLater = atMs !== null && atMs > model.nowMs.peek();
  return (
    <span class="acknowledged">
      {atMs !== null && (
        <span>
          <Icon name="ok" /> Seen {model.time.value.near(atMs, model.serverNowMs.peek())}
          {isLater && ", after the cursor's time"}
          {note !== null && (
            <>
              : <q class="alert-note">{note}</q>
            </>
          )}
        </span>
      )}{" "}
      <button type="button" class="link-button" onClick={() => writing.value = alert.id}>
        {atMs === null ? "Acknowledge" : note === null ? "Add a note" : "Change the note"}
        <span class="visually-hidden">{` ${alert.hostId}`}</span>
      </button>
    </span>
  );
}

function NoteForm({ alert, model, actions, seen, writing, note }: AlertRowProps & {
  readonly note: string | null;
}) {
  const text = useSignal(note ?? "");
  const failed = useSignal<string | null>(null);
  const isBusy = useSignal(false);
  const input = useRef<HTMLInputElement>(null);
  // At once: what is typed after the key that opened it is the note.
  useLayoutEffect(() => input.current?.focus(), []);
  const close = () => {
    const row = input.current?.closest("[data-alert]");
    writing.value = null;
    row?.querySelector<HTMLElement>("button[data-row]")?.focus();
  };
  const save = async () => {
    if (isBusy.peek()) return;
    isBusy.value = true;
    const said = text.peek().trim();
    const problem = await actions.acknowledge(alert.id, said);
    isBusy.value = false;
    failed.value = problem;
    if (problem !== null) return;
    const atMs = alert.acknowledgedAtMs ?? model.serverNowMs.peek();
    seen.value = new Map(seen.peek()).set(alert.id, { atMs, note: said || null });
    close();
  };
  return (
    <form
      class="note-form"
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        event.stopPropagation();
        close();
      }}
    >
      <label class="field">
        <span>
          Note<span class="visually-hidden">{` about ${alert.hostId}`}</span>
        </span>
        <input
          ref={input}
          name="note"
          autocomplete="off"
          maxLength={NOTE_CHARS_MAX}
          placeholder="may be empty"
          value={text.value}
          onInput={(event) => text.value = event.currentTarget.value}
        />
      </label>
      <button type="submit" class="button" aria-disabled={isBusy.value}>Acknowledge</button>
      <button type="button" class="link-button" onClick={close}>Cancel</button>
      <ActsNow model={model} />
      {failed.value !== null && <p class="note-failed" role="alert">{failed.value}</p>}
    </form>
  );
}

function ActsNow({ model }: Pick<IslandProps, "model">) {
  if (model.isLive.value) return null;
  return <p class="note">The cursor is in the past; this acts now, at the present time.</p>;
}
