/** `/api/readings/origin`: what a reading was made of. */
import type { FieldOrigin, Layer } from "../model/origin.ts";
import type { FlagName } from "../model/reading.ts";
import { ApiError, field } from "./ask.ts";
import { formatNumber } from "./format.ts";

export interface OriginView {
  readonly layer: Layer;
  readonly runId: string;
  readonly source: string;
  readonly path: string;
  /** `part 0, byte 1,234` · `row 17` */
  readonly place: string;
  /** What is odd about its time, in words; empty where nothing is. */
  readonly oddities: readonly string[];
  readonly raw: string | null;
  readonly note: string | null;
  /** Whose rules these are, and whether they are those of then. */
  readonly rules: string;
  readonly mapping: readonly FieldOrigin[];
}

export function originsOf(body: unknown): OriginView[] {
  const list = field(body, "readings");
  if (!Array.isArray(list)) throw new ApiError(200, "The answer holds no origins.");
  return list.map(originOf);
}

function originOf(raw: unknown): OriginView {
  const text = (name: string) => String(field(raw, name) ?? "");
  const textOrNull = (name: string) => {
    const value = field(raw, name);
    return typeof value === "string" ? value : null;
  };
  const mapping = field(raw, "mapping"), part = field(raw, "part"), flags = field(raw, "flags");
  const offset = `${text("offset_is")} ${formatNumber(Number(field(raw, "offset")))}`;
  return {
    layer: text("layer") === "batch" ? "batch" : "speed",
    runId: text("run_id"),
    source: text("source"),
    path: text("path"),
    place: typeof part === "number" ? `part ${part}, ${offset}` : offset,
    oddities: (Array.isArray(flags) ? flags : []).map(oddityOf),
    raw: textOrNull("raw"),
    note: textOrNull("note"),
    rules: rulesOf(textOrNull("mapped_by"), text("mapping_is")),
    mapping: Array.isArray(mapping) ? mapping as FieldOrigin[] : [],
  };
}

const ODDITIES: Readonly<Record<FlagName, string>> = {
  late: "Late: it came more than five minutes after it was measured.",
  future:
    "Ahead: its time lay more than a minute in the future when it came, so it counts nowhere " +
    "as the newest.",
  clock_change: "Its local time stands twice, or not at all, where clocks change: the rule chose.",
};

/** A flag that this page does not know keeps its name. */
function oddityOf(flag: unknown): string {
  const name = String(flag);
  return Object.hasOwn(ODDITIES, name) ? ODDITIES[name as FlagName] : name;
}

function rulesOf(source: string | null, state: string): string {
  if (source === null) return "By which rules it was read is not known.";
  switch (state) {
    case "same":
      return `Read as the source ${source} declares, then as now.`;
    case "changed":
      return `The declaration of ${source} was changed since: these are its rules as they are now.`;
    default:
      return `These are the rules of ${source} as they are declared now.`;
  }
}
