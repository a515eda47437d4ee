/** A door for lines that is open, and says of all of them what a test wants. */
import { type IngestDoor, type IngestOutcome, type IngestRefusal } from "../../src/model/ingest.ts";

export class TestDoor implements IngestDoor {
  places = 1_000;
  entered = 0;
  left = 0;
  heldBytes = 0;
  heldBytesMax = Infinity;
  closed: IngestRefusal | null = null;
  outcome: IngestOutcome = { kind: "archived" };
  readonly archived: string[] = [];

  refusal(): IngestRefusal | null {
    return this.closed;
  }

  enter() {
    if (this.entered - this.left >= this.places) return null;
    this.entered++;
    return {
      hold: (bytes: number) => (this.heldBytes += bytes) <= this.heldBytesMax,
      archive: (lines: Uint8Array<ArrayBuffer>) => {
        this.archived.push(new TextDecoder().decode(structuredClone(lines)));
        // As a transfer to another thread does.
        structuredClone(lines, { transfer: [lines.buffer] });
        return Promise.resolve(this.outcome);
      },
      leave: () => void this.left++,
    };
  }
}
