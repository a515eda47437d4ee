/**
 * `/api/readings/origin`: what the readings of a host at one instant were made of, and by which
 * rules. Several readings of one instant are rare: the same line twice, or two files.
 */
import type { Hono } from "hono";
import { LIMITS } from "../src/limits.ts";
import { type FoundRecord, partOfPath } from "../src/model/origin.ts";
import { flagNames, readingToJson } from "../src/model/reading.ts";
import type { ServerContext, ServerEnv } from "../src/server/context.ts";
import type { HeavyWork } from "../src/server/heavy_work.ts";
import { queryReadingOrigins, type ReadingOrigin } from "../src/store/queries/reading_origins.ts";
import { openStore } from "./answer.ts";
import { heavyAnswer } from "./heavy_answer.ts";
import { hostId, instant, optional, readParameters, region } from "./parameters.ts";

const ORIGIN_SCHEMA = { host_id: hostId, region: optional(region), timestamp: instant };

const NO_ARCHIVE: FoundRecord = {
  raw: null,
  note: "This process has no archive to look in.",
  offsetIs: "byte",
  mappedBy: null,
  mappingIs: "unknown",
  mapping: [],
};

export function mountOrigins(
  app: Hono<ServerEnv>,
  context: ServerContext,
  heavy: HeavyWork,
): void {
  app.get("/api/readings/origin", async (c) => {
    const { host_id, region, timestamp } = readParameters(c.req.url, ORIGIN_SCHEMA);
    const query = { hostId: host_id, region, atMs: timestamp, limit: LIMITS.originsMax };
    const database = heavy.lane.through(openStore(context));
    return await heavyAnswer(c, heavy, async () => {
      const found = await queryReadingOrigins(database, query);
      const readings = await Promise.all(found.map(async (one) => {
        const record = await context.findRecord?.(one) ?? NO_ARCHIVE;
        return originJson(one, record);
      }));
      return { readings };
    });
  });
}

function originJson({ origin, reading }: ReadingOrigin, record: FoundRecord) {
  return {
    ...readingToJson(reading),
    flags: flagNames(reading.flags),
    layer: origin.layer,
    run_id: origin.runId,
    source: origin.source,
    path: origin.path,
    part: origin.layer === "speed" ? partOfPath(origin.path) : null,
    offset: reading.offset,
    offset_is: record.offsetIs,
    raw: record.raw,
    note: record.note,
    mapped_by: record.mappedBy,
    mapping_is: record.mappingIs,
    mapping: record.mapping,
  };
}
