/** The alert rules of this server; they hold as long as it runs, so they are asked for once. */
import { useEffect } from "preact/hooks";
import { type ReadonlySignal, signal } from "@preact/signals";
import { alertRulesOf } from "../../src/browser/alert_rules.ts";
import { pageAsk } from "../../src/browser/ask.ts";
import type { AlertRule } from "../../src/model/alert.ts";

const rules = signal<readonly AlertRule[] | null>(null);

/** Null until they are known: no limit is better than a wrong one. */
export function useAlertRules(): ReadonlySignal<readonly AlertRule[] | null> {
  useEffect(() => {
    if (rules.peek() !== null) return;
    pageAsk.get("/api/alert-rules", {})
      .then((answer) => rules.value = alertRulesOf(answer))
      // Whatever is wrong with the server, the view's own question says it.
      .catch(() => {});
  }, []);
  return rules;
}
