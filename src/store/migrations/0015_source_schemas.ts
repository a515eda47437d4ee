/**
 * The columns of each source of history files as they were found over time. Not of an origin, which
 * goes when its file is replaced: a schema stays known.
 */
export const SOURCE_SCHEMAS: readonly string[] = [
  `create table rackwatch.source_schemas (
    source text not null,
    version int not null,
    digest text not null,
    -- [{name, type, mappedTo, unit}], and what differs from the version that was current before.
    columns jsonb not null,
    changes jsonb not null,
    -- When the first and the last file with these columns were written.
    first_seen timestamptz not null,
    last_seen timestamptz not null,
    seen_in text not null,
    primary key (source, version)
  )`,
];
