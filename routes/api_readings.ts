/**
 * `/api/readings`: readings by time, as JSON, NDJSON or CSV. Streamed, so that a million of them
 * cost no more memory than a page.
 */
import type { Hono } from "hono";
import { LIMITS } from "../src/limits.ts";
import type { ServerContext, ServerEnv } from "../src/server/context.ts";
import { queryReadings } from "../src/store/queries/readings.ts";
import { openStore, streamAnswer } from "./answer.ts";
import {
  choice,
  hostId,
  instant,
  optional,
  readParameters,
  region,
  requireOrder,
  wholeNumber,
  withDefault,
} from "./parameters.ts";
import {
  formatReadings,
  READING_FORMATS,
  READING_TYPES,
  type ReadingFormat,
} from "./readings_format.ts";

const READINGS_SCHEMA = {
  region: optional(region),
  host_id: optional(hostId),
  from: optional(instant),
  to: optional(instant),
  limit: withDefault(wholeNumber(1, LIMITS.readingsLimitMax), 1_000),
  order: withDefault(choice(["desc", "asc"]), "desc"),
  format: withDefault(choice(READING_FORMATS), "json"),
  flags: optional(choice(["1"])),
};

export function mountReadings(app: Hono<ServerEnv>, context: ServerContext): void {
  app.get("/api/readings", (c) => {
    const given = readParameters(c.req.url, READINGS_SCHEMA);
    requireOrder(given.from, given.to);
    const pages = queryReadings(openStore(context), {
      region: given.region,
      hostId: given.host_id,
      fromMs: given.from,
      toMs: given.to,
      limit: given.limit,
      order: given.order,
      withFlags: given.flags !== null,
    });
    return streamAnswer(c, formatReadings(pages, given.format, given.flags !== null), {
      type: READING_TYPES[given.format],
      headers: disposition(given.format),
      log: context.log,
    });
  });
}

/** CSV and NDJSON are saved; JSON may be looked at. */
function disposition(format: ReadingFormat): Record<string, string> {
  if (format === "json") return {};
  return { "Content-Disposition": `attachment; filename="rackwatch-readings.${format}"` };
}
