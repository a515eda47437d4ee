/** @jsxImportSource preact */
/** Says that an answer did not come, and what that means for what is shown. */
import type { Answer } from "../use_answer.ts";

export function Failed({ answer }: { readonly answer: Answer<unknown> }) {
  if (answer.state === "failed") {
    const old = answer.value === null ? "" : " What is shown is older.";
    return <p class="note" data-state="failed" role="alert">{answer.message}{old}</p>;
  }
  return answer.value === null ? <p class="note" role="status">Loading …</p> : null;
}
