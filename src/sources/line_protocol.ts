/**
 * InfluxDB's line protocol, as far as it can be told from other lines.
 * Format: https://docs.influxdata.com/influxdb/v2/reference/syntax/line-protocol/
 */

/** Tells a line of it from JSON and from prose: a name, a space, a field with its value. */
const SHAPE = /^(?:[^\s,=\\"{[]|\\.)(?:[^\s,\\]|\\.)*(?:,(?:[^\s\\]|\\.)+)? +(?:[^\s=\\]|\\.)+=\S/;

export function looksLikeLineProtocol(line: string): boolean {
  return SHAPE.test(line);
}
