/** @jsxImportSource preact */
/** Where a view other than the overview stands; its code comes when it is first looked at. */
import { type Signal, useSignal } from "@preact/signals";
import type { ComponentType } from "preact";
import { useEffect } from "preact/hooks";
import type { ViewName } from "../src/browser/address.ts";
import type { IslandProps } from "./island.ts";
import { viewsStyle } from "./views_style.ts";

type View = ComponentType<IslandProps>;

const LOADERS: Partial<Record<ViewName, () => Promise<View>>> = {
  hosts: async () => (await import("./hosts/HostsView.tsx")).HostsView,
  host: async () => (await import("./host/HostView.tsx")).HostView,
  charts: async () => (await import("./charts_view/ChartsView.tsx")).ChartsView,
  alerts: async () => (await import("./alerts/AlertsView.tsx")).AlertsView,
  quality: async () => (await import("./quality/QualityView.tsx")).QualityView,
};

const loaded = new Map<ViewName, View>();

export function ViewHost(props: IslandProps) {
  const view = props.model.view.value;
  const load = LOADERS[view];
  const came = useSignal(0);
  const failed = useSignal<string | null>(null);
  useEffect(() => {
    if (load !== undefined && !loaded.has(view)) void bring(view, load, came, failed);
  }, [view]);
  if (load === undefined) return null;
  // Read so that this renders again when the code has come.
  void came.value;
  const View = loaded.get(view);
  if (View !== undefined) return <View {...props} />;
  return failed.value === null
    ? (
      <p class="empty" role="status">
        <span class="needs-script">Loading …</span>
        <noscript>
          This view needs JavaScript; <a href="/">the overview</a> does not.
        </noscript>
      </p>
    )
    : (
      <p class="empty" role="alert">
        {failed.value}{" "}
        <button
          type="button"
          class="link-button"
          onClick={() => void bring(view, load, came, failed)}
        >
          Try again
        </button>
      </p>
    );
}

async function bring(
  view: ViewName,
  load: () => Promise<View>,
  came: Signal<number>,
  failed: Signal<string | null>,
): Promise<void> {
  failed.value = null;
  try {
    const [part] = await Promise.all([load(), viewsStyle()]);
    loaded.set(view, part);
    came.value++;
  } catch {
    failed.value = "This part of the page could not be loaded: the server can't be reached.";
  }
}
