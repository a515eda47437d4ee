/** @jsxImportSource preact */
/** A severity as sign and word; the colour only repeats it. */
import type { Severity } from "../src/model/alert.ts";
import { Icon } from "./Icon.tsx";

const WORDS: Readonly<Record<Severity, string>> = { warning: "Warning", critical: "Critical" };

export function SeverityTag({ severity, closed = false }: {
  readonly severity: Severity;
  readonly closed?: boolean;
}) {
  return (
    <span class="severity" data-state={closed ? "closed" : severity}>
      <Icon name={severity} />
      {WORDS[severity]}
    </span>
  );
}
