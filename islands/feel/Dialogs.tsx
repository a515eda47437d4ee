/** @jsxImportSource preact */
/** What stands over the page when it is called for, and what a key or command answered. */
import { useSignal } from "@preact/signals";
import type { ComponentType } from "preact";
import { useEffect } from "preact/hooks";
import type { DialogName } from "../../src/browser/board_model.ts";
import type { IslandProps } from "../island.ts";
import { viewsStyle } from "../views_style.ts";

type Dialog = ComponentType<IslandProps>;

/** Their code comes when one is first called for. */
const LOADERS: Readonly<Record<DialogName, () => Promise<Dialog>>> = {
  keys: async () => (await import("./KeysDialog.tsx")).KeysDialog,
  palette: async () => (await import("./Palette.tsx")).Palette,
  preferences: async () => (await import("./PreferencesDialog.tsx")).PreferencesDialog,
  range: async () => (await import("./RangeDialog.tsx")).RangeDialog,
};

const loaded = new Map<DialogName, Dialog>();
const NOTICE_MS = 4_000;

export function Dialogs(props: IslandProps) {
  const { model } = props;
  const name = model.dialog.value;
  const came = useSignal(0);
  useEffect(() => {
    if (name === null || loaded.has(name)) return;
    Promise.all([LOADERS[name](), viewsStyle()]).then(([dialog]) => {
      loaded.set(name, dialog);
      came.value++;
    }, () => {
      model.dialog.value = null;
      model.notice.value = "This could not be loaded: the server can't be reached.";
    });
  }, [name]);
  void came.value;
  const Dialog = name === null ? undefined : loaded.get(name);
  return (
    <>
      {Dialog !== undefined && <Dialog {...props} />}
      <Notice model={model} />
      <p class="visually-hidden" aria-live="polite">{model.announcement.value}</p>
    </>
  );
}

function Notice({ model }: Pick<IslandProps, "model">) {
  const said = model.notice.value;
  useEffect(() => {
    if (said === "") return;
    const timer = setTimeout(() => model.notice.value = "", NOTICE_MS);
    return () => clearTimeout(timer);
  }, [said]);
  return <p class="notice" role="status">{said}</p>;
}
