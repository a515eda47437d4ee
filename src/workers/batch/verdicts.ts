/**
 * What is to be done with a file that a pass found. Reads its bytes only where its stamp is new;
 * remembers what was loaded, and what could not be read, from one pass to the next.
 */
import { LIMITS } from "../../limits.ts";
import type { FileSystem } from "../../runtime/files.ts";
import { digestFile } from "../../sources/file_source.ts";
import type { BatchStart } from "../messages.ts";
import type { FileJob, Loading } from "./loading.ts";
import { SettledFiles, type Stamp } from "./settled_files.ts";
import type { HistoryFile } from "./sources.ts";

/** `later`: gone, or still growing. */
export type Verdict =
  | { readonly kind: "later" }
  /** `isNew`: told for the first time. */
  | { readonly kind: "known"; readonly isNew: boolean }
  | { readonly kind: "unreadable"; readonly detail: string; readonly isNew: boolean }
  | { readonly kind: "load"; readonly job: FileJob };

export interface VerdictTools {
  readonly files: FileSystem;
  readonly loading: Pick<Loading, "knownFile">;
}

/** A file that came since the last look is looked at again this soon. */
const UNSETTLED_WAIT_MS = 300;

export class Verdicts {
  #settled: SettledFiles;
  /** Why a file could not be read at the last look. */
  readonly #unreadable = new Map<string, string>();
  #waitMs: number = LIMITS.scanIntervalMs;

  constructor(
    private readonly mode: BatchStart["mode"],
    private readonly tools: VerdictTools,
  ) {
    this.#settled = new SettledFiles(tools.files);
  }

  async of(file: HistoryFile): Promise<Verdict> {
    const { files, loading } = this.tools;
    const stamp = await this.#settled.stamp(file.path);
    if (stamp === null) return { kind: "later" };
    if (this.#settled.isLoaded(file.path, stamp)) return { kind: "known", isNew: false };
    if (this.mode === "watch" && !this.#settled.hasSettled(file.path, stamp)) {
      this.lookSoon();
      return { kind: "later" };
    }
    let identity: Awaited<ReturnType<typeof digestFile>>;
    try {
      identity = await digestFile(file.path, files);
    } catch (error) {
      return this.#refuse(file, (error as Error).message);
    }
    const stored = await loading.knownFile(file.shownPath);
    if (stored?.state !== "loaded" || stored.digest !== identity.digest) {
      return { kind: "load", job: { file, stamp, ...identity, replaces: stored !== null } };
    }
    this.loaded(file.path, stamp);
    return { kind: "known", isNew: true };
  }

  loaded(path: string, stamp: Stamp): void {
    this.#settled.loaded(path, stamp);
  }

  /** Another store is in place: what was seen loaded may not be in it. */
  forget(): void {
    this.#settled = new SettledFiles(this.tools.files);
  }

  /** A file is being written: the next pass is to come soon. */
  lookSoon(): void {
    this.#waitMs = UNSETTLED_WAIT_MS;
  }

  /** Until the next pass. */
  takeWaitMs(): number {
    const waitMs = this.#waitMs;
    this.#waitMs = LIMITS.scanIntervalMs;
    return waitMs;
  }

  /** Looked at again at every pass, as rights may change; told once. */
  #refuse(file: HistoryFile, reason: string): Verdict {
    const detail = `Cannot read ${file.path}: ${reason}`;
    const isNew = this.#unreadable.get(file.path) !== detail;
    this.#unreadable.set(file.path, detail);
    return { kind: "unreadable", detail, isNew };
  }
}
