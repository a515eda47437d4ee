/** What an operator wrote when acknowledging an alert. */
export const NOTES: readonly string[] = [
  `alter table rackwatch.alerts add column acknowledged_note text`,
  `alter table rackwatch.alerts_staged add column acknowledged_note text`,
];
