/** Why a record is refused: found on a cold path, after the hot one has only said "no". */
import type { DeadLetterCode } from "../model/record.ts";

export interface Refusal {
  readonly code: DeadLetterCode;
  readonly detail: string;
}
