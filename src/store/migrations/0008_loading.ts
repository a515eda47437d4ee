/** Holds off the late transactions of a load whose file somebody has begun to load anew. */
import { SQL_STATE_LOAD_TAKEN_OVER } from "../store_errors.ts";

export const LOADING: readonly string[] = [
  // First in every transaction of a load. A load that is taken over has its `finished_at` set; the
  // row's lock makes that wait for a transaction under way, and see what it did.
  `create function rackwatch.expect_loading(origin int) returns void language plpgsql as $$
    begin
      perform from rackwatch.origins
        where origin_key = origin and state in ('loading', 'staging') and finished_at is null
        for update;
      if not found then
        raise exception 'another load of this file has begun since'
          using errcode = '${SQL_STATE_LOAD_TAKEN_OVER}';
      end if;
    end $$`,
];
