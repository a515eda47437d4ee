/** The other stores that `bench ingest` measures where they are installed, and what is absent. */
import { ingestInto, programOf } from "./http_peer.ts";
import { INFLUXDB } from "./influxdb.ts";
import { findPySpark, ingestIntoSpark, SPARK } from "./spark.ts";
import { VICTORIA_METRICS } from "./victoria_metrics.ts";

export interface PeerInput {
  /** Whose archive holds the rows. */
  readonly dataDir: string;
  readonly scratchDirectory: string;
  readonly databaseUrl: string;
  readonly rows: number;
}

export interface PresentPeer {
  readonly name: string;
  /** Seconds that it takes all rows in. */
  readonly ingest: (input: PeerInput) => Promise<number>;
}

export interface Peers {
  readonly present: readonly PresentPeer[];
  /** In words. */
  readonly absent: readonly string[];
}

const HTTP_PEERS = [VICTORIA_METRICS, INFLUXDB];

export async function findPeers(): Promise<Peers> {
  const present: PresentPeer[] = [];
  const absent: string[] = [];
  for (const peer of HTTP_PEERS) {
    const program = programOf(peer);
    if (program === null) absent.push(`${peer.name} is absent: no ${peer.programs[0]} on the PATH`);
    else {
      present.push({
        name: peer.name,
        ingest: ({ dataDir, scratchDirectory }) =>
          ingestInto(peer, program, dataDir, scratchDirectory),
      });
    }
  }
  const python = await findPySpark();
  if (python === null) absent.push(`${SPARK} is absent: python3 cannot import pyspark`);
  else present.push({ name: SPARK, ingest: (input) => ingestIntoSpark(python, input) });
  return { present, absent };
}
