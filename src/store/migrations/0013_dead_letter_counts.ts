/**
 * How many dead letters there are by origin and rule, kept with the letters themselves, so that a
 * million of them are not counted for a page.
 */
const COUNTED = "origin_key, code, count(*), max(dead_letter_key), min(at), max(at)";

export const DEAD_LETTER_COUNTS: readonly string[] = [
  `create table rackwatch.dead_letter_counts (
    origin_key int not null,
    code text not null,
    letters bigint not null,
    newest_key bigint not null,
    -- When the first and the last of them were stored.
    first_at timestamptz not null,
    last_at timestamptz not null,
    primary key (origin_key, code)
  ) with (fillfactor = 50)`,
  `insert into rackwatch.dead_letter_counts
    select ${COUNTED} from rackwatch.dead_letters group by origin_key, code`,
  // An origin's letters are written by one writer at a time: these rows are never waited for.
  `create function rackwatch.count_dead_letters() returns trigger language plpgsql as $$
    begin
      insert into rackwatch.dead_letter_counts as c
        select ${COUNTED} from added group by origin_key, code order by origin_key, code
        on conflict (origin_key, code) do update set letters = c.letters + excluded.letters,
          newest_key = greatest(c.newest_key, excluded.newest_key),
          first_at = least(c.first_at, excluded.first_at),
          last_at = greatest(c.last_at, excluded.last_at);
      return null;
    end $$`,
  // They go with their origin, all at once: the times of what is left need not be looked for.
  `create function rackwatch.uncount_dead_letters() returns trigger language plpgsql as $$
    begin
      update rackwatch.dead_letter_counts c set letters = c.letters - r.letters
        from (select origin_key, code, count(*) as letters from removed group by 1, 2) as r
        where c.origin_key = r.origin_key and c.code = r.code;
      delete from rackwatch.dead_letter_counts c
        using (select distinct origin_key from removed) as r
        where c.origin_key = r.origin_key and c.letters <= 0;
      return null;
    end $$`,
  `create trigger count_added after insert on rackwatch.dead_letters
    referencing new table as added
    for each statement execute function rackwatch.count_dead_letters()`,
  `create trigger count_removed after delete on rackwatch.dead_letters
    referencing old table as removed
    for each statement execute function rackwatch.uncount_dead_letters()`,
  // The newest of an origin and rule; serves an origin alone as well.
  `create index dead_letters_of on rackwatch.dead_letters (origin_key, code, dead_letter_key)`,
  `drop index rackwatch.dead_letters_origin`,
];
