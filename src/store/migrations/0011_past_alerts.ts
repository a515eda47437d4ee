/** Which alerts were open at a moment, without looking at all that ever were. */

/** SQL: from an alert's opening to its closing, the closing left out; without end while open. */
export const ALERT_SPAN = `tstzrange(opened_at,
  case when closed_at is not null then greatest(opened_at, closed_at) end)`;

export const PAST_ALERTS: readonly string[] = [
  `create index alerts_span on rackwatch.alerts using gist ((${ALERT_SPAN}))`,
];
