/**
 * A BMC for tests: a real HTTP server on a free port that serves resources by their path, as Redfish
 * has it (DMTF DSP0266 for links, collections and $expand; DSP2046 for the resources). The machines
 * are made up here: a server of two sockets in the deprecated schema, and one in the present one.
 */
import type { Certificate } from "../../src/runtime/certificate.ts";

export type Resource = Readonly<Record<string, unknown>>;
export type Resources = Readonly<Record<string, Resource>>;

export interface FakeBmc extends AsyncDisposable {
  /** `http://127.0.0.1:…/` */
  readonly url: string;
  /** Paths and queries asked for, in order. */
  readonly asked: readonly string[];
  /** Served from now on. */
  resources: Resources;
}

export interface FakeBmcOptions {
  /** Answers in place of a resource; null: the resource. */
  readonly answer?: (path: string, request: Request) => Response | Promise<Response> | null;
  /** Understands `$expand=.` */
  readonly canExpand?: boolean;
  readonly tls?: Certificate;
}

export function fakeBmc(resources: Resources, options: FakeBmcOptions = {}): FakeBmc {
  const asked: string[] = [];
  const { answer = () => null, canExpand = false, tls } = options;
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    ...(tls === undefined ? {} : { tls }),
    fetch: (request) => {
      const { pathname, search } = new URL(request.url);
      asked.push(pathname + search);
      const given = answer(pathname, request);
      if (given !== null) return given;
      const resource = bmc.resources[pathname];
      if (resource === undefined) return new Response("{}", { status: 404 });
      if (search === "") return Response.json(resource);
      if (search !== "?$expand=." || !canExpand) return new Response("{}", { status: 501 });
      return Response.json(expanded(resource, bmc.resources));
    },
  });
  const bmc: FakeBmc = {
    url: `${tls === undefined ? "http" : "https"}://127.0.0.1:${server.port}/`,
    asked,
    resources,
    [Symbol.asyncDispose]: () => server.stop(true),
  };
  return bmc;
}

function expanded(collection: Resource, resources: Resources): Resource {
  const members = (collection["Members"] ?? []) as readonly { "@odata.id": string }[];
  return { ...collection, Members: members.map((one) => resources[one["@odata.id"]]) };
}

export const link = (path: string) => ({ "@odata.id": path });

/** The path stands in each resource as its own link. */
export function resourcesOf(byPath: Resources): Resources {
  return Object.fromEntries(
    Object.entries(byPath).map(([path, resource]) => [path, { ...link(path), ...resource }]),
  );
}

const ROOT = "/redfish/v1";

/** Root, collection of chassis, and each chassis with its links. */
export function service(chassis: Resources, features: Resource = {}): Resources {
  const paths = Object.keys(chassis).map((id) => `${ROOT}/Chassis/${id}`);
  return resourcesOf({
    [`${ROOT}/`]: { Chassis: link(`${ROOT}/Chassis`), ProtocolFeaturesSupported: features },
    [`${ROOT}/Chassis`]: { Members: paths.map(link) },
    ...Object.fromEntries(
      Object.entries(chassis).map(([id, resource]) => [`${ROOT}/Chassis/${id}`, resource]),
    ),
  });
}

export const ENABLED = { State: "Enabled", Health: "OK" };

const BOX = `${ROOT}/Chassis/Box`;

/** The deprecated schema: a hot and a cooler CPU, one socket empty, inlet, board, two supplies. */
export const OLD_BMC: Resources = {
  ...service({ Box: { Thermal: link(`${BOX}/Thermal`), Power: link(`${BOX}/Power`) } }),
  ...resourcesOf({
    [`${BOX}/Thermal`]: {
      Temperatures: [
        temperature("CPU1 Temp", 61, "CPU", { UpperThresholdCritical: 95 }),
        temperature("CPU2 Temp", 67.5, "CPU", {
          UpperThresholdNonCritical: 88,
          UpperThresholdCritical: 96,
        }),
        { ...temperature("CPU3 Temp", 99, "CPU"), Status: { State: "Absent" } },
        temperature("CPU1 VR Temp", 80, "CPU"),
        temperature("Inlet Temp", 24, "Intake", { UpperThresholdCritical: 42 }),
        temperature("Board Temp", 88, "SystemBoard"),
      ],
    },
    [`${BOX}/Power`]: {
      PowerControl: [
        { Name: "CPU Power", PowerConsumedWatts: 150, PhysicalContext: "CPU" },
        { Name: "System Power", PowerConsumedWatts: 312, PhysicalContext: "Chassis" },
      ],
      Voltages: [{ Name: "P12V", ReadingVolts: 12.1, PhysicalContext: "VoltageRegulator" }],
      PowerSupplies: [
        { Name: "PSU 1", LineInputVoltage: null, Status: { State: "Absent" } },
        { Name: "PSU 2", LineInputVoltage: 229, Status: ENABLED },
      ],
    },
  }),
};

function temperature(name: string, celsius: number, context: string, more: Resource = {}) {
  return {
    Name: name,
    ReadingCelsius: celsius,
    PhysicalContext: context,
    Status: ENABLED,
    ...more,
  };
}

const sensorPath = (id: string) => `${BOX}/Sensors/${id}`;
const excerpt = (id: string, reading: number | null) => ({
  Reading: reading,
  DataSourceUri: sensorPath(id),
});

/** The present schema: metrics that name their sensors, which hold context and limits. */
export const NEW_BMC: Resources = {
  ...service({
    Box: {
      ThermalSubsystem: link(`${BOX}/ThermalSubsystem`),
      PowerSubsystem: link(`${BOX}/PowerSubsystem`),
      EnvironmentMetrics: link(`${BOX}/EnvironmentMetrics`),
      Sensors: link(`${BOX}/Sensors`),
    },
  }, { ExpandQuery: { NoLinks: true } }),
  ...resourcesOf({
    [`${BOX}/ThermalSubsystem`]: { ThermalMetrics: link(`${BOX}/ThermalSubsystem/ThermalMetrics`) },
    [`${BOX}/ThermalSubsystem/ThermalMetrics`]: {
      TemperatureReadingsCelsius: [
        { ...excerpt("cpu0", 71), DeviceName: "CPU0" },
        excerpt("cpu1", 64),
        excerpt("cpu0_margin", 90),
        excerpt("inlet", 23),
      ],
    },
    [`${BOX}/EnvironmentMetrics`]: { PowerWatts: excerpt("total_power", 298.5) },
    [`${BOX}/PowerSubsystem`]: { PowerSupplies: link(`${BOX}/PowerSubsystem/PowerSupplies`) },
    [`${BOX}/PowerSubsystem/PowerSupplies`]: {
      Members: [link(`${BOX}/PowerSubsystem/PowerSupplies/0`)],
    },
    [`${BOX}/PowerSubsystem/PowerSupplies/0`]: {
      Name: "PSU0",
      Status: ENABLED,
      Metrics: link(`${BOX}/PowerSubsystem/PowerSupplies/0/Metrics`),
    },
    [`${BOX}/PowerSubsystem/PowerSupplies/0/Metrics`]: { InputVoltage: { Reading: 231.25 } },
    [`${BOX}/Sensors`]: {
      Members: ["cpu0", "cpu1", "cpu0_margin", "inlet", "total_power", "fan0"]
        .map((id) => link(sensorPath(id))),
    },
    [sensorPath("cpu0")]: sensor("CPU0 Temp", "Temperature", "Cel", 71, {
      PhysicalContext: "CPU",
      Thresholds: { UpperCaution: { Reading: 90 }, UpperCritical: { Reading: 100 } },
    }),
    [sensorPath("cpu1")]: sensor("CPU1 Temp", "Temperature", "Cel", 64, { PhysicalContext: "CPU" }),
    [sensorPath("cpu0_margin")]: sensor("CPU0 to throttling", "Temperature", "Cel", 90, {
      PhysicalContext: "CPU",
      ReadingBasis: "Headroom",
    }),
    [sensorPath("inlet")]: sensor("Inlet", "Temperature", "Cel", 23, { PhysicalContext: "Intake" }),
    [sensorPath("total_power")]: sensor("Total Power", "Power", "W", 298.5, {
      Thresholds: { UpperCritical: { Reading: 900 } },
    }),
    [sensorPath("fan0")]: sensor("Fan0", "Rotational", "RPM", 5_200),
  }),
};

function sensor(name: string, type: string, units: string, reading: number, more: Resource = {}) {
  const told = { ReadingType: type, ReadingUnits: units, Reading: reading };
  return { Name: name, ...told, Status: ENABLED, ...more };
}
