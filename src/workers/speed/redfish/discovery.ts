/** What a BMC has: from its root to its chassis, those that are wanted and there, each with its plan. */
import { type Fields, isObject } from "../../../model/record.ts";
import { sample } from "../../../sources/dead_letter.ts";
import { idOf, linkIn, stateOf } from "../../../sources/redfish_fields.ts";
import { type ChassisPlan, planOf, sourcesOf } from "./chassis_plan.ts";
import type { RedfishClient } from "./client.ts";

/** @throws {Error} in words where there is nothing to be read. */
export async function discover(
  client: RedfishClient,
  wanted: readonly string[] | null,
): Promise<ChassisPlan[]> {
  const root = await client.get("/redfish/v1/");
  if (root === null) throw new Error("it answers 404 to /redfish/v1/: it does not speak Redfish");
  const canExpand = canExpandIn(root);
  const chassis = new Map<string, Fields>();
  for (const link of await chassisLinks(client, root, wanted)) {
    const one = await client.get(link);
    if (one !== null && stateOf(one) !== "Absent") chassis.set(idOf(link), one);
  }
  const plans: ChassisPlan[] = [];
  for (const [id, one] of chassis) {
    const links = one["Links"];
    const container = isObject(links) ? idOf(linkIn(links, "ContainedBy")) : null;
    const isOutermost = container === null || !chassis.has(container);
    plans.push(await planOf(client, id, one, { canExpand, isOutermost }));
  }
  if (plans.every((plan) => sourcesOf(plan) === 0)) {
    throw new Error(
      "none of its chassis has Thermal, Power, ThermalSubsystem, EnvironmentMetrics or Sensors " +
        "that may be read",
    );
  }
  // A sensor that several tell is the outermost one's.
  return plans.sort((a, b) => Number(b.isOutermost) - Number(a.isOutermost));
}

const NAMES_SHOWN_MAX = 10;

async function chassisLinks(
  client: RedfishClient,
  root: Fields,
  wanted: readonly string[] | null,
): Promise<string[]> {
  const links = await client.memberLinks(linkIn(root, "Chassis") ?? "/redfish/v1/Chassis");
  if (wanted === null) return links;
  const names = new Map(links.map((link) => [nameOf(link), link]));
  return wanted.map((name) => {
    const link = names.get(name);
    if (link !== undefined) return link;
    const shown = [...names.keys()].slice(0, NAMES_SHOWN_MAX).map((one) => sample(one)).join(", ");
    throw new Error(`it has no chassis ${sample(name)}; it has ${shown || "none"}`);
  });
}

/** `ProtocolFeaturesSupported.ExpandQuery.NoLinks`: `$expand=.` is understood. */
function canExpandIn(root: Fields): boolean {
  const features = root["ProtocolFeaturesSupported"];
  const expand = isObject(features) ? features["ExpandQuery"] : null;
  return isObject(expand) && expand["NoLinks"] === true;
}

/** The last part of a path, as the chassis' `Id` is. */
function nameOf(link: string): string {
  return idOf(link).split("/").at(-1)!;
}
