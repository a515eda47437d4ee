/** @jsxImportSource preact */
/** A chart as a file. A small menu; what makes the files comes when one is wanted. */
import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";

export const EXPORT_FORMATS = ["csv", "ndjson", "png"] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

const LABELS: Readonly<Record<ExportFormat, string>> = {
  csv: "CSV",
  ndjson: "NDJSON",
  png: "PNG",
};

export interface ExportMenuProps {
  /** Which chart: `CPU load by region`. */
  readonly what: string;
  /** @param menu stands in the chart's panel */
  readonly onExport: (format: ExportFormat, menu: HTMLElement) => Promise<void>;
}

export function ExportMenu({ what, onExport }: ExportMenuProps) {
  const menu = useRef<HTMLDetailsElement>(null);
  const failed = useSignal(false);
  const close = () => {
    if (menu.current !== null) menu.current.open = false;
  };
  const choose = async (format: ExportFormat) => {
    if (menu.current === null) return;
    try {
      await onExport(format, menu.current);
      failed.value = false;
      menu.current.querySelector("summary")?.focus();
      close();
    } catch {
      failed.value = true;
    }
  };
  return (
    <details
      ref={menu}
      class="export needs-script"
      onFocusOut={(event) => {
        const next = event.relatedTarget;
        if (next instanceof Node && !event.currentTarget.contains(next)) close();
      }}
      onKeyDown={(event) => {
        if (event.key !== "Escape" || !event.currentTarget.open) return;
        event.stopPropagation();
        close();
        event.currentTarget.querySelector("summary")?.focus();
      }}
    >
      <summary class="export-button" title="This chart as a file">
        <span aria-hidden="true">⤓</span>
        <span class="visually-hidden">Export {what}</span>
      </summary>
      <div class="export-menu" role="group" aria-label={`Export ${what} as`}>
        {EXPORT_FORMATS.map((format) => (
          <button
            key={format}
            type="button"
            class="button"
            onClick={() => void choose(format)}
          >
            {LABELS[format]}
          </button>
        ))}
        {failed.value && <p role="alert" class="note">It could not be made.</p>}
      </div>
    </details>
  );
}
