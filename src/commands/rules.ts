/** Alert rules of this configuration: the declared ones, else the defaults. */
import { parseAlertRules } from "../alerts/rules.ts";
import type { Config } from "../config.ts";
import { UsageError } from "../cli.ts";
import { type AlertRule, DEFAULT_ALERT_RULES } from "../model/alert.ts";

/** @throws {UsageError} */
export function alertRules(config: Config): readonly AlertRule[] {
  if (config.alerts.length === 0) return DEFAULT_ALERT_RULES;
  try {
    return parseAlertRules(config.alerts, config.configFile ?? "configuration");
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}
