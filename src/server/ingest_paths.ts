/** The paths on which agents bring lines; what is counted and allowed there has labels from here. */

export const INGEST_PATHS = [
  "/ingest",
  "/write",
  "/api/v2/write",
  "/v1/metrics",
  "/api/v1/write",
] as const;

export type IngestPath = (typeof INGEST_PATHS)[number];

export function isIngestPath(path: string): path is IngestPath {
  return (INGEST_PATHS as readonly string[]).includes(path);
}

/** Of these, the ones of InfluxDB, whose clients may give the token as a query parameter. */
export function isInfluxPath(path: string): boolean {
  return path === "/write" || path === "/api/v2/write";
}
