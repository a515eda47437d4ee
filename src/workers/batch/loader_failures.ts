/** Errors of a load on their way from one thread to the other, and thrown again there. */
import { ArchiveFailedError } from "../../archive/disk_room.ts";
import { StoreError } from "../../store/database.ts";
import type { LoaderFailure } from "../messages.ts";
import { ChangedError, StoppedError } from "./file_loader.ts";

/** Null: an error that nobody expects, and that ends its thread. */
export function failureOf(error: unknown): LoaderFailure | null {
  if (error instanceof ChangedError) return { kind: "changed", path: error.path };
  if (error instanceof StoppedError) return { kind: "stopped", path: error.message };
  if (error instanceof StoreError) {
    const { code, message, sqlState } = error;
    return { kind: "store", code, message, sqlState };
  }
  if (error instanceof ArchiveFailedError) {
    const { what, cause } = error;
    const reason = cause instanceof Error ? cause.message : String(cause);
    return { kind: "archive", what, reason };
  }
  return null;
}

export function errorOf(failure: LoaderFailure): Error {
  switch (failure.kind) {
    case "changed":
      return new ChangedError(failure.path);
    case "stopped":
      return new StoppedError(failure.path);
    case "store": {
      const { code, message, sqlState } = failure;
      return new StoreError(code, message, sqlState === null ? {} : { sqlState });
    }
    case "archive":
      return new ArchiveFailedError(failure.what, failure.reason);
  }
}
