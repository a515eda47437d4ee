/**
 * The alerts that are open, as the board needs them: counts by severity, the worst of each host, and
 * the list of troubled hosts, worst first: critical before warning, then the longest standing.
 */
import type { Alert, AlertChange, Severity } from "../model/alert.ts";
import { LIMITS } from "../limits.ts";

export type SeverityListener = (region: string, hostId: string, severity: Severity | null) => void;

export class AlertBoard {
  readonly #byHost = new Map<string, Alert[]>();
  readonly #counts: Record<Severity, number> = { warning: 0, critical: 0 };
  readonly #onSeverity: SeverityListener;
  #worst: readonly Alert[] | null = [];

  /** `onSeverity` hears whenever a host's worst severity may have changed. */
  constructor(onSeverity: SeverityListener) {
    this.#onSeverity = onSeverity;
  }

  get counts(): Readonly<Record<Severity, number>> {
    return { ...this.#counts };
  }

  get troubledHosts(): number {
    return this.#byHost.size;
  }

  apply(change: AlertChange): void {
    this.#put(change.alert);
  }

  /** These are the open ones, and no others. */
  replace(open: readonly Alert[]): void {
    const before = [...this.#byHost.values()].map((alerts) => alerts[0]!);
    this.#byHost.clear();
    this.#counts.warning = this.#counts.critical = 0;
    for (const alert of open) this.#put(alert);
    for (const { region, hostId } of before) {
      this.#onSeverity(region, hostId, this.severityOf(region, hostId));
    }
    this.#worst = null;
  }

  severityOf(region: string, hostId: string): Severity | null {
    const alerts = this.#byHost.get(keyOf(region, hostId));
    return alerts === undefined ? null : worstOf(alerts).severity;
  }

  /** Each troubled host's worst alert; at most LIMITS.troubledHostsMax. */
  worst(): readonly Alert[] {
    this.#worst ??= worstFirst(this.#byHost.values(), LIMITS.troubledHostsMax);
    return this.#worst;
  }

  #put(alert: Alert): void {
    const { region, hostId } = alert;
    const key = keyOf(region, hostId);
    const others: Alert[] = [];
    for (const each of this.#byHost.get(key) ?? []) {
      if (each.rule === alert.rule) this.#counts[each.severity]--;
      else others.push(each);
    }
    if (alert.closedAtMs === null) {
      this.#counts[alert.severity]++;
      others.push(alert);
    }
    if (others.length > 0) this.#byHost.set(key, others);
    else this.#byHost.delete(key);
    this.#worst = null;
    this.#onSeverity(region, hostId, others.length > 0 ? worstOf(others).severity : null);
  }
}

function worstOf(alerts: readonly Alert[]): Alert {
  return alerts.reduce((worst, each) => worseThan(each, worst) ? each : worst);
}

function worseThan(a: Alert, b: Alert): boolean {
  if (a.severity !== b.severity) return a.severity === "critical";
  if (a.openedAtMs !== b.openedAtMs) return a.openedAtMs < b.openedAtMs;
  return a.id < b.id;
}

/** One pass that keeps the worst few, instead of sorting 100,000 when a whole fleet is in trouble. */
function worstFirst(hosts: Iterable<readonly Alert[]>, countMax: number): readonly Alert[] {
  const order = (a: Alert, b: Alert) => worseThan(a, b) ? -1 : 1;
  let kept: Alert[] = [];
  let last: Alert | null = null;
  for (const alerts of hosts) {
    const alert = worstOf(alerts);
    if (last !== null && !worseThan(alert, last)) continue;
    kept.push(alert);
    if (kept.length < 2 * countMax) continue;
    kept = kept.sort(order).slice(0, countMax);
    last = kept[countMax - 1]!;
  }
  return kept.sort(order).slice(0, countMax);
}

function keyOf(region: string, hostId: string): string {
  // No region or host holds a NUL: mapping refuses control characters.
  return `${region}\0${hostId}`;
}
