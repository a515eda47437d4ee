/**
 * Lines that come by HTTP: what becomes of a request's lines, and the door through which they go to
 * the archive. The door is on the main thread, the archive behind it is not.
 */

/** Why lines are not archived, or not known to be. */
export type IngestRefusal =
  /** The speed layer does not take lines yet, or not again. */
  | "starting"
  | "stopping"
  /** The archive's disk is full. */
  | "disk_full"
  /** The speed layer or the archive failed while it had them. */
  | "failed"
  /** They were not on the disk in time. */
  | "too_slow";

export type IngestOutcome =
  /** On the disk, synced, all of them. */
  | { readonly kind: "archived" }
  | {
    readonly kind: "refused";
    readonly reason: IngestRefusal;
    /** Some or all may be on the disk all the same, now or later: sent again they may stand twice. */
    readonly mayBeArchived: boolean;
  };

export function refusedLines(reason: IngestRefusal, mayBeArchived: boolean): IngestOutcome {
  return { kind: "refused", reason, mayBeArchived };
}

/** One request's place among those under way. */
export interface IngestPlace {
  /** So many bytes more (or fewer) are held for it; false where all requests would hold too many. */
  hold(bytes: number): boolean;
  /**
   * Resolves once the lines are durable or refused, in bounded time. LF-terminated lines, at least
   * one; the buffer is transferred. Never rejects.
   */
  archive(lines: Uint8Array<ArrayBuffer>): Promise<IngestOutcome>;
  /** The request is answered. Its place is free once nobody has its lines any more. */
  leave(): void;
}

export interface IngestDoor {
  /** Why no lines are taken now; null while they are. */
  refusal(): IngestRefusal | null;
  /** Null where too many requests are under way. */
  enter(): IngestPlace | null;
}
