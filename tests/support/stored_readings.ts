/** Takes single readings in the hot store out, or changes them, as damage would: SQL for the tests. */

const ARRAYS = [
  "at_ms",
  "record_offset",
  "host_key",
  "temp_c",
  "cpu_load",
  "voltage",
  "power_watts",
  "flags",
];

/**
 * Makes the arrays of each chunk anew. `rows` gives what becomes of the reading `r`; its offset in
 * the origin is `c.first_offset + r.record_offset`, its origin `c.origin_key`.
 */
function rewritten(rows: string): string {
  return `update rackwatch.chunks c set readings = made.readings, ${
    ARRAYS.map((name) => `${name} = made.${name}`).join(", ")
  }
    from (
      select chunk, count(*) as readings, ${
    ARRAYS.map((name) => `array_agg(${name} order by host_key, nth) as ${name}`).join(", ")
  }
      from (
        select c.ctid as chunk, made.* from rackwatch.chunks c
        cross join lateral unnest(${ARRAYS.map((name) => `c.${name}`).join(", ")})
          with ordinality as r(${ARRAYS.join(", ")}, nth)
        cross join lateral (${rows}) as made
      ) as each group by chunk
    ) as made
    where made.chunk = c.ctid`;
}

const ALL = `r.nth, ${ARRAYS.map((name) => `r.${name}`).join(", ")}`;

/** At least one other reading of each chunk must stay. */
export function deleteReadings(where: string): string {
  return rewritten(`select ${ALL} where (${where}) is not true`);
}

export function setTemperature(where: string, tempC: number): string {
  const columns = ALL.replace(
    "r.temp_c",
    `case when (${where}) is true then ${tempC} else r.temp_c end as temp_c`,
  );
  return rewritten(`select ${columns}`);
}

/** Each of them stands twice, the second time one byte later. */
export function doubleReadings(where: string): string {
  return rewritten(
    `select ${ALL} union all
      select ${ALL.replace("r.record_offset", "r.record_offset + 1")} where ${where}`,
  );
}

/** A trigger that refuses any batch with a reading of this temperature. */
export function refuseTemperature(name: string, tempC: number): string[] {
  return [
    `create function ${name}() returns trigger language plpgsql as $$ begin
      if ${tempC} = any(new.temp_c) then raise exception '${tempC} is refused' using errcode = '22003'; end if;
      return new; end $$`,
    `create trigger ${name} before insert on rackwatch.chunks
      for each row execute function ${name}()`,
  ];
}
