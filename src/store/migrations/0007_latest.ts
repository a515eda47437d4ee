/**
 * Hosts' latest values in a table of their own, and rollups that may be written less often than the
 * readings they sum up: an origin says from which offset on its readings are not in them yet.
 */
import { FLAG_FUTURE } from "../../model/reading.ts";
import { forMetrics, LATEST_COLUMNS } from "../metric_columns.ts";
import { LATEST_OF_ROWS } from "../row_summaries.ts";
import { SQL_STATE_STALE_CHECKPOINT } from "../store_errors.ts";

export const LATEST: readonly string[] = [
  `create table rackwatch.latest (
    host_key int primary key,
    newest_ms bigint not null,
    ${forMetrics((metric) => `${metric} double precision, ${metric}_ms bigint`)}
  ) with (fillfactor = 50)`,
  `insert into rackwatch.latest (${LATEST_COLUMNS})
    select r.host_key, ${LATEST_OF_ROWS} from rackwatch.readings r
    where r.flags & ${FLAG_FUTURE} <> ${FLAG_FUTURE} group by r.host_key`,
  // Null: all of its readings are in the rollups and in the latest values.
  `alter table rackwatch.origins add column rolled_up_to bigint`,
  // Takes the marks away. One that is gone, or another by now, means that somebody has added up the
  // rows in between: what the caller gathered would count twice.
  `create function rackwatch.roll_up(keys int[], marks bigint[]) returns void
    language plpgsql as $$
    declare taken int;
    begin
      update rackwatch.origins o set rolled_up_to = null
        from unnest(keys, marks) as b(origin_key, mark)
        where o.origin_key = b.origin_key and o.rolled_up_to = b.mark;
      get diagnostics taken = row_count;
      if taken < cardinality(keys) then
        raise exception 'the rollups were brought up to the readings meanwhile'
          using errcode = '${SQL_STATE_STALE_CHECKPOINT}';
      end if;
    end $$`,
  `create index origins_behind on rackwatch.origins (run_id) where rolled_up_to is not null`,
];
