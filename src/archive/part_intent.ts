/**
 * What is about to be appended to a part, said before its bytes are written: `part-N.intent`, the
 * index records of the group under way, written over those of the group before. Only parts with
 * lines of acknowledged streams have one: a crash may leave bytes that have no index record yet, and
 * their agent, which got no acknowledgement, would send them again. The intent tells whose they are.
 */
import { dirname } from "node:path";
import type { FileSystem, OpenFile } from "../runtime/files.ts";
import { readIndex } from "./index_file.ts";
import type { IndexRecord } from "./index_record.ts";

export class PartIntent {
  private constructor(
    private readonly files: FileSystem,
    private readonly path: string,
    private readonly file: OpenFile,
  ) {}

  /** Makes the file, its name durable; a failed try leaves none. `path` is the part's. */
  static async create(files: FileSystem, path: string): Promise<PartIntent> {
    const name = intentName(path);
    const intent = new PartIntent(files, name, await files.open(name, "create"));
    try {
      await files.syncDirectory(dirname(path));
      return intent;
    } catch (error) {
      await intent.remove();
      throw error;
    }
  }

  /** Written, and not durable yet; longer records of an earlier group stay behind these. */
  write(records: Uint8Array): Promise<void> {
    return this.file.write(records, 0);
  }

  datasync(): Promise<void> {
    return this.file.datasync();
  }

  /** For when every byte of the part has its record. */
  async remove(): Promise<void> {
    await this.file.close();
    await this.files.remove(this.path);
  }

  close(): Promise<void> {
    return this.file.close();
  }
}

/**
 * The records of the last group that was begun, null where the part has no intent. They follow one
 * another by hash; what does not is of an earlier group, or torn, and left out.
 */
export async function readIntent(files: FileSystem, path: string): Promise<IndexRecord[] | null> {
  const name = intentName(path);
  if ((await files.stat(name)) === null) return null;
  const file = await files.open(name, "read");
  const records: IndexRecord[] = [];
  try {
    for await (const lines of readIndex(file, 0, await file.size())) {
      for (const { record } of lines) {
        const before = records.at(-1);
        const follows = before === undefined || record?.prev === before.hash;
        if (record === null || !follows) return records;
        records.push(record);
      }
    }
    return records;
  } finally {
    await file.close();
  }
}

/** The part is recovered: nothing is under way any more. */
export async function removeIntent(files: FileSystem, path: string): Promise<void> {
  const name = intentName(path);
  if ((await files.stat(name)) === null) return;
  await files.remove(name);
  await files.syncDirectory(dirname(path));
}

function intentName(path: string): string {
  return `${path}.intent`;
}
