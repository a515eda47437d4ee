/** What the paths that read the store refuse before they ask it, and what they say without one. */
import { expect, test } from "bun:test";
import { errorCode, testServer } from "./context.ts";

/** What each path refuses, and by which code. */
const REFUSED: readonly (readonly [string, string])[] = [
  ["/api/regions?x=1", "unknown_parameter"],
  ["/api/series", "missing_parameter"],
  ["/api/series?metric=heat", "invalid_parameter"],
  ["/api/series?metric=temp_c&points=0", "invalid_parameter"],
  ["/api/series?metric=temp_c&points=2001", "invalid_parameter"],
  ["/api/series?metric=temp_c&from=2025-11-21T12:00:00Z&to=2025-11-21T12:00:00Z", "invalid_range"],
  ["/api/series?metric=temp_c&from=soon", "invalid_parameter"],
  ["/api/series?metric=temp_c&host=x", "unknown_parameter"],
  ["/api/series?metric=temp_c&metric=voltage", "repeated_parameter"],
  [`/api/series?metric=temp_c&region=${"x".repeat(65)}`, "invalid_parameter"],
  ["/api/series?metric=temp_c&host_id=a%00b", "invalid_parameter"],
  ["/api/series?metric=temp_c&flags=2", "invalid_parameter"],
  ["/api/series?metric=temp_c&host_id=a&flags=1", "invalid_parameter"],
  ["/api/histogram", "missing_parameter"],
  ["/api/histogram?metric=temp_c&bins=0", "invalid_parameter"],
  ["/api/histogram?metric=temp_c&bins=201", "invalid_parameter"],
  ["/api/histogram?metric=temp_c&from=2&to=1", "invalid_range"],
  ["/api/heatmap?metric=voltage", "invalid_parameter"],
  ["/api/heatmap?points=501", "invalid_parameter"],
  ["/api/heatmap?bins=101", "invalid_parameter"],
  ["/api/heatmap?from=2&to=1", "invalid_range"],
  ["/api/hosts?sort=colour", "invalid_parameter"],
  ["/api/hosts?limit=0", "invalid_parameter"],
  ["/api/hosts?limit=1001", "invalid_parameter"],
  ["/api/hosts?region=", "invalid_parameter"],
  ["/api/hosts/twin?regoin=USA", "unknown_parameter"],
  [`/api/hosts/${"x".repeat(254)}`, "invalid_path"],
  ["/api/hosts/a%00b", "invalid_path"],
  ["/api/readings?format=xml", "invalid_parameter"],
  ["/api/readings?order=random", "invalid_parameter"],
  ["/api/readings?limit=1000001", "invalid_parameter"],
  ["/api/readings?limit=-1", "invalid_parameter"],
  ["/api/readings?from=2025-11-22&to=2025-11-21", "invalid_range"],
  ["/api/readings?to=1763692976", "invalid_parameter"],
  ["/api/readings?columns=temp_c", "unknown_parameter"],
  ["/api/alerts?state=loud", "invalid_parameter"],
  ["/api/alerts?limit=1001", "invalid_parameter"],
  ["/api/alerts?at=2100-01-01", "invalid_parameter"],
  ["/api/alerts/near?at=2025-11-21", "missing_parameter"],
  ["/api/alerts/near?at=2025-11-21&direction=up", "invalid_parameter"],
  ["/api/timeline?points=2001", "invalid_parameter"],
  ["/api/timeline?from=2025-11-22&to=2025-11-21", "invalid_range"],
  ["/api/timeline?region=India", "unknown_parameter"],
  ["/api/grid", "missing_parameter"],
  ["/api/grid?metric=heat", "invalid_parameter"],
  ["/api/grid?metric=temp_c&at=2100-01-01", "invalid_parameter"],
  ["/api/outliers", "missing_parameter"],
  ["/api/outliers?metric=temp_c&limit=0", "invalid_parameter"],
  ["/api/outliers?metric=temp_c&from=2025-11-22&to=2025-11-21", "invalid_range"],
  ["/api/readings?flags=2", "invalid_parameter"],
  ["/api/readings/odd", "missing_parameter"],
  ["/api/readings/odd?host_id=a&limit=501", "invalid_parameter"],
  ["/api/readings/odd?host_id=a&from=2025-11-22&to=2025-11-21", "invalid_range"],
  ["/api/readings/odd?host_id=a&from=2025-10-01&to=2025-11-21", "range_too_long"],
  ["/api/board", "missing_parameter"],
  ["/api/board?at=2100-01-01", "invalid_parameter"],
  ["/api/dead-letters?limit=0", "invalid_parameter"],
  ["/api/dead-letters?code=x", "invalid_parameter"],
  ["/api/dead-letters/summary?code=invalid_json", "unknown_parameter"],
  ["/api/sources?x=1", "unknown_parameter"],
  ["/api/alerts?after=open", "invalid_parameter"],
  ["/api/alerts?after=shut,2025-11-21,x", "invalid_parameter"],
  ["/api/alerts?after=open,soon,x", "invalid_parameter"],
  ["/api/alerts?severity=loud", "invalid_parameter"],
  ["/api/alerts?host=", "invalid_parameter"],
];

const STORE_PATHS = [
  ...[
    "/api/regions",
    "/api/series?metric=temp_c",
    "/api/histogram?metric=temp_c",
    "/api/heatmap",
    "/api/hosts",
  ],
  ...["/api/hosts/x", "/api/readings", "/api/readings?format=csv", "/api/alerts"],
  ...["/api/dead-letters", "/api/dead-letters/summary", "/api/sources"],
];

for (const [path, code] of REFUSED) {
  test(`${path.slice(0, 80)} is refused as ${code}`, async () => {
    const response = await testServer().app.request(path);
    expect(response.status).toBe(400);
    expect(await errorCode(response)).toBe(code);
  });
}

for (const path of STORE_PATHS) {
  test(`${path} without a store gets 503 and when to come again`, async () => {
    const response = await testServer().app.request(path);
    expect(response.status).toBe(503);
    expect(response.headers.get("retry-after")).toBe("2");
    expect(await errorCode(response)).toBe("store_unavailable");
  });
}
