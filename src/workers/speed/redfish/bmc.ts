/**
 * A BMC that is asked by Redfish: what it has is discovered, then its sensors are read round by
 * round, each round one line for the archive. All of a round is bounded in time together. After a
 * failure, and every LIMITS.redfishDiscoveryMs, it is discovered anew.
 */
import { LIMITS } from "../../../limits.ts";
import type { ScrapedSensor } from "../../../model/status.ts";
import type { Clock } from "../../../runtime/clock.ts";
import { inTime } from "../scrape/fetch_text.ts";
import type { Scraped, ScrapeSource } from "../scrape/scraper.ts";
import { accessOf } from "./access.ts";
import type { ChassisPlan } from "./chassis_plan.ts";
import { choose, type Chosen } from "./choice.ts";
import { NARROW, RedfishClient } from "./client.ts";
import { discover } from "./discovery.ts";
import { lineOf } from "./line.ts";
import { type ChassisSensors, readChassis } from "./round.ts";
import type { RedfishTarget } from "./targets.ts";

export class Bmc implements ScrapeSource {
  readonly kind = "redfish";
  readonly url: string;
  readonly everyMs: number;
  readonly insecureTls: boolean;
  /** Over http a BMC gets no secret, but on this machine. */
  readonly tokenInClear = false;
  readonly #target: RedfishTarget;
  readonly #clock: Pick<Clock, "monotonicMs">;
  #plan: { readonly chassis: readonly ChassisPlan[]; readonly madeMs: number } | null = null;

  constructor(target: RedfishTarget, clock: Pick<Clock, "monotonicMs">) {
    this.#target = target;
    this.#clock = clock;
    this.url = target.url;
    this.everyMs = target.everyMs;
    this.insecureTls = target.trust.kind === "unchecked";
  }

  async scrape(atMs: number, stopping: AbortSignal): Promise<Scraped> {
    const target = this.#target;
    const chassis = await inTime(target.timeoutMs, stopping, async (signal) => {
      const access = await accessOf(target);
      return await this.#read(new RedfishClient({ origin: target.origin, access, signal }));
    });
    const sensors = chassis.flatMap((one) => one.sensors);
    // Everything that was discovered is gone: there may be something else instead.
    if (sensors.length === 0) throw new Error("none of its chassis tells a sensor");
    if (sensors.length > LIMITS.redfishSensorsMax) {
      throw new Error(`it has more than ${LIMITS.redfishSensorsMax} sensors; ${NARROW}`);
    }
    const chosen = choose(chassis);
    return {
      lines: [lineOf(atMs, target, sensors, chosen)],
      series: sensors.length,
      sensors: chosenSensors(chosen),
    };
  }

  forget(): void {
    this.#plan = null;
  }

  async #read(client: RedfishClient): Promise<ChassisSensors[]> {
    const found: ChassisSensors[] = [];
    const seen = new Set<string>();
    for (const plan of await this.#planned(client)) {
      const { isOutermost, sensors } = await readChassis(client, plan);
      const others = sensors.filter(({ id }) => !seen.has(id));
      for (const { id } of others) seen.add(id);
      found.push({ isOutermost, sensors: others });
    }
    return found;
  }

  async #planned(client: RedfishClient): Promise<readonly ChassisPlan[]> {
    const nowMs = this.#clock.monotonicMs();
    if (this.#plan === null || nowMs - this.#plan.madeMs >= LIMITS.redfishDiscoveryMs) {
      const chassis = await discover(client, this.#target.chassis);
      this.#plan = { chassis, madeMs: nowMs };
    }
    return this.#plan.chassis;
  }
}

function chosenSensors({ temp_c, power_watts, voltage }: Chosen): ScrapedSensor[] {
  return Object.entries({ temp_c, power_watts, voltage }).flatMap(([metric, sensor]) =>
    sensor === null
      ? []
      : [{ metric: metric as keyof Chosen, name: sensor.name, limits: { ...sensor.limits } }]
  );
}
