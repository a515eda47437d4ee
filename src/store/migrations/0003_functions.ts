/** What must happen on the server, in the transaction that needs it. */
import { SQL_STATE_PROBE_DONE, SQL_STATE_STALE_CHECKPOINT } from "../store_errors.ts";

export const FUNCTIONS: readonly string[] = [
  // A run that was never seen stands at part 0, offset 0.
  `create function rackwatch.advance_checkpoint(
    run text, from_part int, from_offset bigint, to_part int, to_offset bigint,
    more_lines bigint, more_rows bigint, more_dead_letters bigint
  ) returns void language plpgsql as $$
    declare stored rackwatch.checkpoints;
    begin
      insert into rackwatch.checkpoints values (run, 0, 0, 0, 0, 0) on conflict do nothing;
      select * into stored from rackwatch.checkpoints where run_id = run for update;
      if stored.part <> from_part or stored.byte_offset <> from_offset then
        raise exception 'run % is applied up to part % offset %, not part % offset %',
          run, stored.part, stored.byte_offset, from_part, from_offset
          using errcode = '${SQL_STATE_STALE_CHECKPOINT}';
      end if;
      update rackwatch.checkpoints set part = to_part, byte_offset = to_offset,
        lines = lines + more_lines, rows = rows + more_rows,
        dead_letters = dead_letters + more_dead_letters, updated_at = now()
      where run_id = run;
    end $$`,
  // Ends a probe: everything went well, and nothing of it may stay.
  `create function rackwatch.roll_back() returns void language plpgsql as $$
    begin
      raise exception 'probe done' using errcode = '${SQL_STATE_PROBE_DONE}';
    end $$`,
  // Partitions are made before the rows that need them, at the start of a transaction: making one
  // locks the whole table, and nothing may be held yet that somebody else waits for.
  `create function rackwatch.ensure_weeks(weeks timestamptz[]) returns void language plpgsql as $$
    declare week timestamptz; partition text;
    begin
      foreach week in array weeks loop
        partition := 'readings_' || to_char(week at time zone 'UTC', 'IYYY"w"IW');
        if to_regclass('rackwatch.' || partition) is null then
          perform pg_advisory_xact_lock(${0x7261636b}, 2);
          execute format(
            'create table if not exists rackwatch.%I partition of rackwatch.readings
              for values from (%L) to (%L)',
            partition, week, week + interval '168 hours');
        end if;
      end loop;
    end $$`,
];
