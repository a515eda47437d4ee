/** Dictionaries, origins and readings: one row a reading, partitioned by ISO week (UTC). */
export const READINGS: readonly string[] = [
  `create table rackwatch.regions (
    region_key int generated always as identity primary key,
    region text not null unique,
    -- Of the newest reading that was not in the future when it came.
    newest_at timestamptz
  )`,
  `create table rackwatch.hosts (
    host_key int generated always as identity primary key,
    region_key int not null references rackwatch.regions,
    host_id text not null,
    unique (region_key, host_id)
  )`,
  // state: 'live' a part of a live archive; 'loading', 'loaded', 'refused' a history file;
  // 'staging' the new version of one, not visible yet.
  `create table rackwatch.origins (
    origin_key int generated always as identity primary key,
    layer text not null,
    run_id text not null,
    source text not null,
    path text not null,
    state text not null,
    digest text,
    bytes bigint,
    mtime_ms double precision,
    min_at timestamptz,
    max_at timestamptz,
    rows bigint not null default 0,
    rejected bigint not null default 0,
    began_at timestamptz not null default now(),
    finished_at timestamptz
  )`,
  `create unique index origins_path on rackwatch.origins (layer, path, source)
    where state in ('live', 'loading', 'loaded')`,
  // Widest first, so that no row carries padding.
  `create table rackwatch.readings (
    at timestamptz not null,
    temp_c double precision,
    cpu_load double precision,
    voltage double precision,
    power_watts double precision,
    record_offset bigint not null,
    host_key int not null,
    origin_key int not null,
    flags smallint not null
  ) partition by range (at)`,
  `create index readings_at on rackwatch.readings (at)`,
  `create index readings_host on rackwatch.readings (host_key, at)`,
  // The three tables *_staged hold a changed history file, until it is swapped in whole.
  `create table rackwatch.readings_staged (like rackwatch.readings)`,
  `create index readings_staged_origin on rackwatch.readings_staged (origin_key)`,
  `create table rackwatch.dead_letters (
    dead_letter_key bigint generated always as identity primary key,
    origin_key int not null,
    record_offset bigint not null,
    code text not null,
    detail text not null,
    raw text not null,
    at timestamptz not null default now()
  )`,
  `create index dead_letters_origin on rackwatch.dead_letters (origin_key)`,
  `create table rackwatch.dead_letters_staged (
    origin_key int not null,
    record_offset bigint not null,
    code text not null,
    detail text not null,
    raw text not null
  )`,
  `create table rackwatch.checkpoints (
    run_id text primary key,
    part int not null,
    byte_offset bigint not null,
    lines bigint not null,
    rows bigint not null,
    dead_letters bigint not null,
    updated_at timestamptz not null default now()
  ) with (fillfactor = 50)`,
  `create table rackwatch.alerts (
    alert_id text primary key,
    origin_key int not null,
    rule text not null,
    metric text not null,
    region text not null,
    host_id text not null,
    severity text not null,
    peak_severity text not null,
    value double precision not null,
    peak_value double precision not null,
    limit_value double precision not null,
    opened_at timestamptz not null,
    updated_at timestamptz not null,
    closed_at timestamptz,
    closed_by text,
    acknowledged_at timestamptz
  )`,
  `create index alerts_open on rackwatch.alerts (region, host_id) where closed_at is null`,
  `create index alerts_opened on rackwatch.alerts (opened_at desc, alert_id)`,
  `create index alerts_host on rackwatch.alerts (host_id, region)`,
  `create index alerts_origin on rackwatch.alerts (origin_key)`,
  `create table rackwatch.alerts_staged (like rackwatch.alerts, primary key (origin_key, alert_id))`,
];
