/**
 * A process to be killed: appends lines from three connections without end, several blocks under
 * way at a time, and prints one JSON line `{part, offset, text}` for each block once it is confirmed.
 * Arguments: the directory, a seed.
 */
import { seededRandom } from "../../../src/runtime/random.ts";
import { block, startRun } from "./archive.ts";

const [directory = "", seed = "0"] = process.argv.slice(2);
const random = seededRandom(Number(seed));
const run = await startRun(directory, { limits: { archivePartBytesMax: 20_000 } });

for (let count = 0;; count++) {
  const lines = Array.from(
    { length: 1 + Math.floor(random.next() * 20) },
    (_, index) => `{"n":${count},"i":${index},"x":"${"é".repeat(Math.floor(random.next() * 30))}"}`,
  );
  const appended = run.append(block(...lines), count % 3).then(({ part, offset }) => {
    process.stdout.write(JSON.stringify({ part, offset, text: lines.join("\n") + "\n" }) + "\n");
  });
  if (count % 8 === 7) await appended;
}
