/**
 * Structured Streaming as the original does it: socket source → JSON → foreachBatch → PostgreSQL, here
 * by `psql \copy` rather than JDBC, which needs a driver and is slower. The clock starts when Spark
 * has dialled and the first line is sent: its start is not counted.
 */
import { SQL } from "bun";
import { join } from "node:path";
import { archivedRows } from "../archived_rows.ts";
import { LEASH, stopProcess } from "../processes.ts";
import type { PeerInput } from "./present.ts";

export const SPARK = "PySpark";

const SCRIPT = `
import os, subprocess, sys
from pyspark.sql import SparkSession
from pyspark.sql.functions import col, from_json

port, url = int(sys.argv[1]), sys.argv[2]
shape = ("host_id string, timestamp string, temp_c double, cpu_load double, "
         "voltage double, power_watts double")
spark = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false").getOrCreate()
spark.sparkContext.setLogLevel("ERROR")
lines = spark.readStream.format("socket").option("host", "127.0.0.1").option("port", port).load()
rows = lines.select(from_json(col("value"), shape).alias("row")).select("row.*")

def store(batch, batch_id):
    text = "".join(",".join("" if v is None else str(v) for v in row) + "\\n"
                   for row in batch.toLocalIterator())
    if text:
        subprocess.run(["psql", "-X", "-q", "-d", url, "-c", "\\\\copy peer_spark from stdin csv"],
                       input=text.encode(), check=True)

rows.writeStream.foreachBatch(store).start().awaitTermination()
`;

/** The Python that has it: `RACKWATCH_BENCH_PYTHON`, else python3; null where none has. */
export async function findPySpark(): Promise<string | null> {
  const python = process.env["RACKWATCH_BENCH_PYTHON"] ?? Bun.which("python3");
  if (python === null) return null;
  const child = Bun.spawn([python, "-c", "import pyspark"], { stderr: "ignore", stdout: "ignore" });
  return await child.exited === 0 ? python : null;
}

export async function ingestIntoSpark(python: string, input: PeerInput): Promise<number> {
  const sql = new SQL(input.databaseUrl, { max: 1 });
  await sql.unsafe("drop table if exists peer_spark");
  await sql.unsafe(`create table peer_spark (host_id text, "timestamp" timestamp,
    temp_c double precision, cpu_load double precision, voltage double precision,
    power_watts double precision)`);
  const script = join(input.scratchDirectory, "spark_peer.py");
  await Bun.write(script, SCRIPT);
  const served = serveRows(input.dataDir);
  const child = Bun.spawn(
    [...LEASH, python, script, String(served.port), input.databaseUrl],
    { cwd: input.scratchDirectory, stdin: "ignore", stdout: "ignore", stderr: "ignore" },
  );
  try {
    const startedMs = await Promise.race([
      served.startedMs,
      child.exited.then((code) => {
        throw new Error(`Spark ended with ${code} before it took a line`);
      }),
    ]);
    for (;;) {
      const [row] = await sql.unsafe("select count(*)::int as rows from peer_spark") as {
        readonly rows: number;
      }[];
      if (row!.rows >= input.rows) return (performance.now() - startedMs) / 1000;
      if (child.exitCode !== null) throw new Error(`Spark ended with ${child.exitCode}`);
      await Bun.sleep(50);
    }
  } finally {
    await stopProcess(child);
    served.stop();
    await sql.close();
  }
}

/** The archived rows as lines, once, to whoever dials first, at the pace at which it reads. */
function serveRows(dataDir: string) {
  let begin: (atMs: number) => void = () => {};
  let drained: () => void = () => {};
  const startedMs = new Promise<number>((resolve) => begin = resolve);
  const listener = Bun.listen({
    hostname: "127.0.0.1",
    port: 0,
    socket: {
      data: () => {},
      drain: () => drained(),
      open: async (socket) => {
        begin(performance.now());
        let block = "";
        const flush = async () => {
          for (let rest = new TextEncoder().encode(block); rest.length > 0;) {
            const taken = new Promise<void>((resolve) => drained = resolve);
            rest = rest.subarray(Math.max(0, socket.write(rest)));
            if (rest.length > 0) await taken;
          }
          block = "";
        };
        for await (const row of archivedRows(dataDir)) {
          block += JSON.stringify(row) + "\n";
          if (block.length > 65_536) await flush();
        }
        await flush();
      },
    },
  });
  return { port: listener.port, startedMs, stop: () => listener.stop(true) };
}
