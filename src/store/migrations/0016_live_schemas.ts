/** Live sources have schemas too; a built-in one may be called as a source of files is. */
export const LIVE_SCHEMAS: readonly string[] = [
  `alter table rackwatch.source_schemas
    add column layer text not null default 'batch' check (layer in ('batch', 'speed'))`,
  `alter table rackwatch.source_schemas drop constraint source_schemas_pkey`,
  `alter table rackwatch.source_schemas add primary key (source, layer, version)`,
];
