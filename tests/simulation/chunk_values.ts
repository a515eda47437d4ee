/** The readings in the values of an `insertChunks` statement (src/store/chunks.ts), in their order. */
import type { Statement } from "../../src/store/database.ts";

export interface ChunkReading {
  readonly atMs: number;
  readonly offset: number;
  readonly hostKey: number;
  readonly volts: number;
}

export function isChunkInsert(text: string): boolean {
  return /^insert into rackwatch\.chunks(_staged)?\n\s+select first_ms/.test(text);
}

export function readingsOf(values: NonNullable<Statement["values"]>): ChunkReading[] {
  const column = (index: number) => values[index] as unknown as readonly number[];
  return column(1).flatMap((begin, chunk) => {
    const end = column(2)[chunk]!;
    return Array.from({ length: end - begin }, (_, nth) => ({
      atMs: column(6)[chunk]! + column(10)[begin + nth]!,
      offset: column(8)[chunk]! + column(11)[begin + nth]!,
      hostKey: column(12)[begin + nth]!,
      volts: column(15)[begin + nth]!,
    }));
  });
}
