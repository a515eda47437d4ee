/** What is exported, handed to the viewer as a file. */
import { type ExportRows, toCsv, toNdjson } from "../../src/browser/chart_export.ts";
import type { ExportFormat } from "./ExportMenu.tsx";

/** The policy of the page allows it: nothing is loaded or navigated to. */
function saveFile(name: string, content: Blob): void {
  const url = URL.createObjectURL(content);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  // The browser has taken it by the next turn.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

/** Rows as a text file, or the picture of them. */
export async function exportAs(
  format: ExportFormat,
  name: string,
  { rows, picture }: { readonly rows: () => ExportRows; readonly picture: () => Promise<Blob> },
): Promise<void> {
  switch (format) {
    case "csv":
      return saveFile(name, textFile(toCsv(rows()), "text/csv"));
    case "ndjson":
      return saveFile(name, textFile(toNdjson(rows()), "application/x-ndjson"));
    case "png":
      return saveFile(name, await picture());
  }
}

function textFile(text: string, type: string): Blob {
  return new Blob([text], { type: `${type};charset=utf-8` });
}
