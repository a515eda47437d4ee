/** What a world's program is set to. */
import type { KeepRule, Retention } from "../../src/config.ts";
import type { LIMITS } from "../../src/limits.ts";
import type { Schedule } from "./schedule.ts";

/** Bounds small enough for a world of some hundred lines to meet them all. */
export function smallLimits(schedule: Schedule): Partial<Record<keyof typeof LIMITS, number>> {
  return {
    lineBytesMax: 400,
    archiveGroupBytesMax: schedule.between(1_000, 3_000),
    archivePartBytesMax: schedule.between(3_000, 12_000),
    archivePartAgeMsMax: schedule.between(2_000, 60_000),
    archiveQueueBytesMax: schedule.between(1_000, 8_000),
    archiveUpkeepIntervalMs: schedule.between(200, 4_000),
    retentionPasses: schedule.between(1, 3),
    fileChunkBytes: schedule.between(300, 2_000),
    fileItemsPerChunkMax: schedule.between(3, 12),
    csvColumnsMax: 50,
    scanIntervalMs: schedule.between(200, 2_000),
    batchRowsMax: schedule.between(3, 40),
    batchQueueMax: schedule.between(1, 4),
    rollupHostsAtOnce: schedule.between(0, 2),
    rollupHostBucketsMax: schedule.between(2, 20),
    rollupRegionBucketsMax: schedule.between(2, 20),
    rollupReadingsMax: schedule.between(10, 200),
    rollupRestMsMax: schedule.between(0, 5_000),
  };
}

/** Off in most worlds; ages and sizes that a world of some seconds meets. */
export function someRetention(schedule: Schedule): Retention {
  const off: KeepRule = { daysMax: null, bytesMax: null };
  if (schedule.chance(0.7)) return { live: off, batch: off };
  const daysMax = schedule.between(500, 15_000) / 86_400_000;
  const bytesMax = schedule.between(0, 20_000);
  const rule = () => schedule.chance(0.5) ? { ...off, daysMax } : { ...off, bytesMax };
  return { live: rule(), batch: rule() };
}
