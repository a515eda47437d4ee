/** Pages of one host's or one region's alerts, the newest first, without sorting all of them. */
export const ALERT_PAGES: readonly string[] = [
  `create index alerts_of_host on rackwatch.alerts (host_id, region, opened_at desc, alert_id)`,
  `create index alerts_of_region on rackwatch.alerts (region, opened_at desc, alert_id)`,
  `drop index rackwatch.alerts_host`,
];
