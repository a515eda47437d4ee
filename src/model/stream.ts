/**
 * An agent's stream: the lines that it sends under one id, over all its connections and over every
 * restart of rackwatch, numbered from 1. What is known of it is how many of them are archived.
 */

export interface StreamLines {
  /** Chosen by the agent; see `isStreamId`. */
  readonly stream: string;
  /** Lines of the stream up to here, blank ones too. */
  readonly lines: number;
}

/** 1–128 visible ASCII characters: fit for logs, index records and shells. */
const STREAM_ID = /^[!-~]{1,128}$/;

/** The rule that `isStreamId` holds, as told to people. */
export const STREAM_ID_RULE = "1–128 visible ASCII characters";

export function isStreamId(value: unknown): value is string {
  return typeof value === "string" && STREAM_ID.test(value);
}
