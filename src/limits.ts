/**
 * Every bound of the program in one place: a name with its unit last, the reason, and what happens
 * when it is reached. Nothing here imports anything.
 */
export const LIMITS = {
  /** A longer line is cut there: its head is archived and dead-lettered, the rest is counted. */
  lineBytesMax: 1_048_576,
  /** Records in one line, as agents batch them; a line with more is one dead letter. */
  lineRecordsMax: 10_000,
  /**
   * Bytes of all records of one line, each with what it shares with others (labels, a resource's
   * attributes) written out: memory and time go by that. A line with more is one dead letter.
   */
  lineRecordsBytesMax: 33_554_432,
  /** Bodies of lines from agents, as they come and decoded; a larger one is refused with 413. */
  httpBodyBytesMax: 33_554_432,
  /**
   * Values in a body (fields, elements of lists), which take many times their bytes as objects, and
   * bytes of all lines made of it. A body with more is refused: smaller batches are to be sent.
   */
  httpBodyValuesMax: 2_000_000,
  httpBodyLinesBytesMax: 33_554_432,
  /** Protobuf nested deeper than protobuf's own readers take is refused. */
  protobufDepthMax: 100,
  /** Names of what is let go that are counted one by one (the rest as "other"), and their length. */
  ignoredNamesMax: 100,
  ignoredNameCharsMax: 100,
  /**
   * Counters that agents push, from which rates are made: those in memory, with the times of which
   * not all is there yet (some 200 bytes each; a node_exporter of 64 CPUs has 512). A host that would
   * pass it gives no rates, and what is left out is counted.
   */
  countersMax: 500_000,
  /** Of one host, so that looking through them stays short: 2,000 CPUs. */
  countersOfHostMax: 20_000,
  /** Longest text that says of which host a counter is; one with a longer one is left out, counted. */
  counterHostCharsMax: 4_096,
  /** Likewise of a counter's own name, and of a record with the host's counters, as JSON. */
  counterNameCharsMax: 128,
  counterRecordCharsMax: 8_192,
  /**
   * A host's counters are all there once none came for so long: three times what Prometheus waits
   * between two tries at most (`max_backoff`, 5 s), so that a body that is sent again is in time.
   */
  counterSettleMs: 15_000,
  /**
   * Over a longer gap there is no rate (a counter of RAPL begins anew every 10 min at 400 W), and a
   * host that tells nothing for so long is forgotten.
   */
  counterGapMsMax: 600_000,
  /** Times of a host of which samples are still missing; of more the oldest goes. */
  counterSlotsMax: 32,
  /** Targets that are scraped; the first scrape of each comes within so long of the start. */
  scrapeTargetsMax: 1_000,
  scrapeSpreadMsMax: 10_000,
  /** A scrape with more is a failure: a large node_exporter tells some 200 kB. */
  scrapeBytesMax: 16_777_216,
  scrapeSamplesMax: 100_000,
  /**
   * A round of one BMC: its requests, the bytes of one answer, and sensors; with more it fails, and
   * is to be narrowed by `chassis`. All its answers together have at most `scrapeBytesMax`.
   */
  redfishRequestsMax: 256,
  redfishAnswerBytesMax: 4_194_304,
  redfishSensorsMax: 1_000,
  /** What a BMC has is found anew that often, and after every failure. */
  redfishDiscoveryMs: 600_000,
  /** Files that hold a password, a token, or certificates of a BMC's issuer. */
  secretBytesMax: 4_096,
  caBytesMax: 1_048_576,
  /**
   * Schemas kept of a source, columns kept of a schema (those that a reading is read from first),
   * differences kept between two, and bytes of a column's name; the oldest, and what is over, go.
   */
  schemaVersionsMax: 50,
  schemaColumnsMax: 500,
  schemaChangesMax: 100,
  schemaNameBytesMax: 256,
  /**
   * Of live lines: columns of a source that are seen and not (yet) of its schema, further ones are
   * not noticed; and new versions of a source within a minute, what changes beyond waits and is told
   * with the next one.
   */
  schemaCandidatesMax: 1_000,
  schemaLiveVersionsPerMinuteMax: 3,
  /** How often live schemas are looked at; and a source that goes on is written down as heard. */
  schemaLookMs: 1_000,
  schemaTouchMs: 60_000,
  /** Changes of a source's schema that an answer tells, the newest. */
  schemaChangesShownMax: 10,
  /**
   * A declared source from which nothing came for this long is silent, where its declaration says no
   * other time; names of silent ones in a status.
   */
  sourceSilentAfterMs: 300_000,
  silentNamesMax: 20,
  /** Tokens of agents; each is compared with at every greeting. */
  agentTokensMax: 1_000,
  /** How often the files of a certificate are looked at: a renewed one is in use soon after. */
  certificateLookMs: 5_000,
  /** JSON nested deeper is a dead letter: whatever walks it later by recursion stays safe. */
  jsonDepthMax: 1_000,
  /** Host names and regions beyond this are dead letters; 253 is DNS's limit for a name. */
  hostIdCharsMax: 253,
  regionCharsMax: 64,
  /** Raw text kept with a dead letter in the hot store; the archive keeps all of it. */
  deadLetterRawBytesMax: 8_192,
  /** Distinct hosts tracked live; further ones are stored, and counted as over the limit. */
  hostsMax: 100_000,
  /**
   * Distinct regions of the live picture; readings of further ones are stored and not shown live,
   * and these regions are counted. Of other labels nothing is kept but the archived line.
   */
  regionsMax: 1_000,
  /** Times before 2000 or after 2100 are dead letters: an unset clock, or a wrong unit. */
  timeMsMin: 946_684_800_000,
  timeMsMax: 4_102_444_800_000,
  /** A reading older than this at arrival is flagged late, one further ahead than this, future. */
  lateAfterMs: 300_000,
  futureAfterMs: 60_000,
  /** A host without a reading for this long is stale. */
  staleAfterMs: 60_000,

  /** fdatasync groups: at most this far apart while bytes wait, and this many bytes. */
  archiveSyncIntervalMs: 100,
  archiveGroupBytesMax: 4_194_304,
  /** Bytes accepted from sockets and not yet on disk; then sockets are paused. */
  archiveQueueBytesMax: 16_777_216,
  /** A part is closed at this size or age. */
  archivePartBytesMax: 268_435_456,
  archivePartAgeMsMax: 3_600_000,
  /**
   * Sealed parts are looked for, to be compressed, this often, the first time that long after the
   * start, when what was missing in the hot store has had its turn; retention every so many times.
   */
  archiveUpkeepIntervalMs: 10_000,
  retentionPasses: 6,

  /**
   * Threads that load history files side by side, where all is to be loaded at once, and what a file
   * has at least to be worth one; a smaller one is loaded by the batch layer's own thread.
   */
  loadersMax: 4,
  loaderFileBytesMin: 1_048_576,
  /** A batch for the hot store is closed by count, bytes or age. */
  batchRowsMax: 20_000,
  batchBytesMax: 8_388_608,
  batchAgeMsMax: 250,
  /**
   * A start waits this long for the hot store to be brought up to the archive's end; a longer
   * catching up goes on beside the feed, which is archived meanwhile.
   */
  catchUpMsMax: 60_000,

  /**
   * Rollups of up to so many hosts are written with every batch. Of more they are gathered over
   * batches, for so long at most, and so many buckets of hosts' finest tier (some 2 KB each while
   * they are written) at most: those of 100,000 hosts within one step; of regions so many (the same,
   * with a histogram), and of so many readings, which the store adds up again where a commit is in
   * doubt.
   */
  rollupHostsAtOnce: 1_000,
  rollupHostBucketsMax: 120_000,
  rollupRegionBucketsMax: 20_000,
  rollupReadingsMax: 5_000_000,
  rollupRestMsMax: 5_000,
  /** In a store that is built beside the one in use, where nobody looks. */
  rollupRebuildRestMs: 60_000,

  /**
   * Batches waiting in memory for the hot store. With so many, sockets are paused, as reading lines
   * back costs more than having them wait at their sender; but no longer than this between two
   * commits, because a store that hangs or is away must not keep lines from the archive: longer than
   * the embedded store takes for the rollups of 5,000 hosts, 0.7 s. Beyond the largest number it
   * catches up from the archive.
   */
  batchQueueHolds: 3,
  batchHoldMsMax: 1_500,
  batchQueueMax: 12,

  /** Agents' connections to --listen; one more is closed at once with a line that says so. */
  listenConnectionsMax: 1_000,
  /** An agent that sends nothing for this long is cut. */
  listenIdleMsMax: 300_000,
  /** An agent must have sent its token by then; and the line that holds it is no longer. */
  listenTokenMsMax: 10_000,
  listenTokenBytesMax: 4_096,
  /**
   * Acknowledged streams remembered; of more, the one quiet for longest is forgotten: it is told 0
   * lines when it comes again, and goes on from its oldest line without acknowledgement.
   */
  streamsMax: 10_000,
  /**
   * Compressed connections to --listen: bytes decoded ahead of whoever takes the lines, and about as
   * many waiting to be decoded, then the socket is paused; bytes decoded in one go; what a decoder
   * may hold, by its format (of zstd, two windows: RFC 8878 recommends to ask for no larger one, and
   * one that asks is refused), and all of them together: one more connection is closed with a line
   * that says so. How far a stream may expand: `decompressedRatioMax`.
   */
  decoderAheadBytes: 65_536,
  decoderPieceBytes: 16_384,
  gzipDecoderBytes: 524_288,
  zstdWindowBytesMax: 8_388_608,
  decodersBytesMax: 536_870_912,
  /** Unfinished lines of all connections together; the connection that would pass it is closed. */
  unfinishedBytesMax: 67_108_864,
  /** A dialled connection that isn't there by then has failed. */
  connectMsMax: 10_000,
  /** Dial back-off: first wait, longest wait; full jitter between. */
  reconnectMsMin: 100,
  reconnectMsMax: 10_000,

  /**
   * Clients of the simulated feed; one more is closed at once. And how far a slow one may fall
   * behind (bytes of lines, kept once for all clients) before it is cut: a gap shows.
   */
  feedClientsMax: 1_000,
  feedClientBytesMax: 33_554_432,
  /** At a feed's end, a client that takes nothing for this long is cut. */
  feedFlushMsMax: 10_000,

  /** Live fold; its interval and a frame's add up to what a reading is old when it is shown. */
  foldIntervalMs: 75,
  liveReadingsMax: 50,
  liveHostsPerDeltaMax: 5_000,
  liveWindowMs: 300_000,
  /** Seconds in one delta, changed alerts in one delta, seconds in one frame (the newest stay). */
  liveSecondsPerDeltaMax: 20_000,
  liveAlertsPerDeltaMax: 5_000,
  frameSecondsMax: 3_000,
  troubledHostsMax: 100,

  /**
   * Server-Sent Events: clients in all (5,000 are served well, see `bench fanout`; each has a socket
   * and a queue of events that all of them share), bytes waiting for one, write deadline, longest
   * stream.
   */
  sseClientsMax: 6_000,
  sseClientBytesMax: 1_048_576,
  sseWriteMsMax: 15_000,
  sseAgeMsMax: 3_600_000,
  sseHeartbeatMs: 10_000,
  /**
   * A socket on which no byte moves for this long is closed by Bun.serve; more than a heartbeat. A
   * stalled client's kernel buffers (some 4 MB) are only given back by this.
   */
  sseIdleMsMax: 30_000,
  /** Events kept for Last-Event-ID, by count, bytes and age; older ids get a snapshot. */
  sseResumeFramesMax: 100,
  sseResumeBytesMax: 4_194_304,
  sseResumeMsMax: 60_000,
  /** Alert events sent to every client at once a delta; the board's counts hold the rest. */
  sseAlertsPerDeltaMax: 100,

  /**
   * The past as the board shows it: silent hosts' newest readings of so long before the moment asked
   * for; and up to so many readings of all (some 100 ms of work), the newest: what a dense fleet sent
   * before is taken from rollups.
   */
  pastLookbackMs: 3_600_000,
  pastReadingsMax: 30_000,
  /**
   * Questions that hold the main thread or the store for long (the past, origins, outliers): so many
   * at once, with so many queries of theirs, which leaves two connections to the store for the live
   * page; so many more wait, no longer than this (some 0.1–0.3 s each, so the last one is answered
   * after some 3 s). A further one gets 503, and is told to come again after `heavyRetryMs`.
   */
  heavyQuestionsMax: 2,
  heavyQueriesMax: 2,
  heavyWaitingMax: 16,
  heavyWaitMsMax: 10_000,
  heavyRetryMs: 2_000,
  /** Long work on the main thread goes on for so long at a time; then whatever else waits has its turn. */
  sliceMsMax: 8,
  /** The stretch that outliers are looked for in; the longest that the page offers by name is 30 d. */
  outliersSpanMsMax: 2_678_400_000,
  /** The same stretch, and the marks of late readings that a chart of it can show at all. */
  oddReadingsSpanMsMax: 2_678_400_000,
  oddReadingsMax: 500,

  /** API: most points of a series, bins of a histogram, rows in one answer, page of a listing. */
  seriesPointsMax: 2_000,
  histogramBinsMax: 200,
  heatmapPointsMax: 500,
  heatmapBinsMax: 100,
  readingsLimitMax: 1_000_000,
  hostsPageMax: 1_000,
  listPageMax: 1_000,
  /** What an operator writes about an alert; a longer note is refused. */
  noteCharsMax: 500,
  requestBytesMax: 65_536,
  /**
   * Where readings came from: those of one host and instant that are told of, records of a history
   * file that are walked through to find one, and the largest file whose digest is taken anew where
   * its time of change alone does not say that it is the same.
   */
  originsMax: 20,
  originRecordsMax: 250_000,
  originDigestBytesMax: 67_108_864,
  queryMsMax: 15_000,

  /** Wrong tokens from one address within the window; then 429 until it is over. */
  loginFailuresMax: 20,
  loginWindowMs: 60_000,
  /** Addresses remembered for that; the oldest is forgotten. */
  loginAddressesMax: 1_000,
  /** A browser's login lasts this long. */
  sessionMsMax: 2_592_000_000,
  /** A quiet HTTP connection (not an event stream) is closed after this; Bun takes at most 255 s. */
  httpIdleMsMax: 30_000,
  /** An ordered stop waits this long for answers under way. */
  httpDrainMsMax: 2_000,
  /**
   * A message that is read in one go, of OTLP or remote write, once decoded; a larger one is refused
   * with 413. It takes the main thread some 0.1 s a megabyte.
   */
  ingestMessageBytesMax: 4_194_304,
  /**
   * Requests with lines under way, and the bytes that all of them hold; one more is told 429. A
   * request keeps its place until the speed layer is done with its lines, answered or not.
   */
  ingestRequestsMax: 256,
  ingestBytesMax: 67_108_864,
  /** A body must be there by then (408), and its lines in the archive (503). */
  ingestReadMsMax: 30_000,
  ingestWaitMsMax: 20_000,
  /** Of a request's lines so many bytes are handed to the archive at a time. */
  ingestBlockBytes: 1_048_576,

  /** How often the event loop's delay is measured for /metrics. */
  loopLagIntervalMs: 500,

  /** SQL clients of the embedded store; one more is told so and closed. */
  sqlClientsMax: 16,
  sqlMessageBytesMax: 16_777_216,
  /** A SQL client's open transaction keeps everybody else waiting: idle so long, or so long in all,
   * and it is rolled back and the client cut off (SQLSTATE 25P03). */
  sqlIdleInTransactionMsMax: 10_000,
  sqlTransactionMsMax: 60_000,

  /** History files: a Parquet file that says more rows, or a file larger, is refused. */
  parquetRowsMax: 200_000_000,
  parquetColumnsMax: 4_096,
  parquetRowGroupRowsMax: 5_000_000,
  /** Rows times columns of a row group, which is held in memory; a page, and a footer. */
  parquetRowGroupCellsMax: 50_000_000,
  parquetPageBytesMax: 268_435_456,
  parquetFooterBytesMax: 67_108_864,
  csvColumnsMax: 4_096,
  /**
   * What `inspect` reads of a URL or of standard input, in bytes and time; of what is longer or
   * slower it shows the beginning, but of Parquet, which is read from its end, nothing.
   */
  inspectBytesMax: 67_108_864,
  inspectMsMax: 30_000,
  jsonArrayElementBytesMax: 1_048_576,
  filesPerSourceMax: 100_000,
  /** Bytes read from a file at a time, and records handed on at a time: memory stays flat. */
  fileChunkBytes: 262_144,
  fileItemsPerChunkMax: 5_000,
  /**
   * A compressed file, or connection, may grow to this many times its size (telemetry text: 10–60
   * times), or to the floor below where that is more (repeated lines); beyond, it is refused.
   */
  decompressedRatioMax: 100,
  decompressedBytesFloor: 67_108_864,
  /** How often configured paths are looked through for new or changed files. */
  scanIntervalMs: 2_000,

  /**
   * Reconciliation of archive and rollups. Buckets held in memory at a time, some 1 KB each; lines
   * of one stretch, which a restart has to read again.
   */
  reconcileBucketsMax: 50_000,
  reconcileLinesMax: 10_000_000,
  /** How often sealed parts are looked for; the first time that long after the start. */
  reconcileIntervalMs: 5_000,
  /** It rests so many times as long as it worked, so it takes a quarter of one core at most. */
  reconcileRestRatio: 3,
  /** It waits while the store takes more lines a second than this. */
  reconcileBusyLinesPerSecond: 20_000,

  /** `[[alert]]` tables; one more is refused at start. Each is judged for every reading. */
  alertRulesMax: 100,
  /** Alerts open at once, over all rules; a further one does not open and is counted. */
  alertsOpenMax: 100_000,
  /** Of these, alerts of one host's sensors by their own limits; of all sensors together half. */
  alertsOfSensorsMax: 32,

  /**
   * The embedded store's thread is started again after so many failures in a row (a run of
   * `restartMsMax` ends a row); one more ends the process, which a new start may help.
   */
  storeRestartsMax: 5,

  /**
   * With less room on its disk the embedded store is not written and not opened, and waits: one
   * transaction, its log included, must fit while the archive goes on beside it.
   */
  storeRoomBytesMin: 67_108_864,
  /** An embedded store that has not answered for so long counts as down. */
  storeSilenceMsMax: 60_000,

  /** Workers: restart back-off, and how long an ordered stop may take. */
  restartMsMin: 200,
  restartMsMax: 30_000,
  stopMsMax: 5_000,
} as const;
