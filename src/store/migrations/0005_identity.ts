/** Tells a store that was swapped in from the one before it, to writers that cache its keys. */
import { SQL_STATE_STORE_REPLACED } from "../store_errors.ts";
import { REPLACE_LOCK } from "../store_lock.ts";

export const IDENTITY: readonly string[] = [
  // The oid of a table that every store has and none shares. Read from the catalogue by a query,
  // because names that a session has resolved before may still mean the store that was replaced.
  `create function rackwatch.store_identity() returns bigint language sql volatile as $$
    select c.oid::bigint from pg_catalog.pg_class c
      join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where n.nspname = split_part('rackwatch.migrations', '.', 1) and c.relname = 'migrations'
  $$`,
  // First in every transaction of a writer: holds a replacement off until its end, and refuses keys
  // that belong to a store which is gone.
  `create function rackwatch.expect_store(expected bigint) returns void language plpgsql as $$
    declare present bigint;
    begin
      perform pg_advisory_xact_lock_shared(${REPLACE_LOCK});
      select c.oid::bigint into present from pg_catalog.pg_class c
        join pg_catalog.pg_namespace n on n.oid = c.relnamespace
      where n.nspname = split_part('rackwatch.migrations', '.', 1) and c.relname = 'migrations';
      if present is distinct from expected then
        raise exception 'the hot store was built anew meanwhile'
          using errcode = '${SQL_STATE_STORE_REPLACED}';
      end if;
    end $$`,
];
