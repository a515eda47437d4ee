/** How far each live run's rollups were held against the archive, and what came of it. */
export const RECONCILIATIONS: readonly string[] = [
  `create table rackwatch.reconciliations (
    run_id text primary key,
    -- Of the mappings that the archive was read with: under others it is compared anew.
    mapping text not null,
    -- When the store first took something of the run. Another time: the store was built anew.
    began_at timestamptz not null,
    part int not null,
    byte_offset bigint not null,
    lines bigint not null,
    -- Arrival of the newest line compared.
    up_to timestamptz,
    buckets bigint not null,
    differing bigint not null,
    first_difference text,
    reconciled_at timestamptz not null default now()
  )`,
];
