/** @jsxImportSource preact */
/** Parts of the page whose code comes when they are first shown; until then, nothing stands there. */
import { useSignal } from "@preact/signals";
import type { ComponentType } from "preact";
import { useEffect } from "preact/hooks";

/** Where the code can't be had the part stays away; shown again, it is asked for again. */
export function lazy<Props extends object>(
  load: () => Promise<ComponentType<Props>>,
): ComponentType<Props> {
  let loaded: ComponentType<Props> | null = null;
  return function Lazy(props: Props) {
    const came = useSignal(loaded !== null);
    useEffect(() => {
      if (loaded !== null) return;
      load().then((part) => {
        loaded = part;
        came.value = true;
      }, () => {});
    }, []);
    const Part = came.value ? loaded : null;
    return Part === null ? null : <Part {...props} />;
  };
}
