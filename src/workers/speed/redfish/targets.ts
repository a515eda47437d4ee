/** `[[redfish]]` tables → targets. The form, with every key:
 *
 * ```toml
 * [[redfish]]
 * url = "https://bmc-7.example.org/"
 * every_s = 30
 * timeout_s = 20
 * user = "monitor"
 * password_file = "bmc.password"     # or, without a user, bearer_token_file
 * ca_file = "bmc.pem"                # or insecure_tls = true
 * chassis = ["1"]
 * labels = { region = "Lab", host = "rack-7" }
 * ```
 *
 * Secrets stand in files: the configuration is shown, copied and kept elsewhere. Paths are relative
 * to the configuration's directory.
 */
import {
  booleanOf,
  fail,
  isTable,
  listOf,
  onlyKeys,
  type Table,
  textOf,
} from "../../../mapping/declaration_check.ts";
import {
  isInClear,
  labelsOf,
  type PathOf,
  silenceOf,
  type Target,
  targetsOf,
  timesOf,
  tokenPathOf,
  urlOf,
} from "../scrape/target_table.ts";

/** By what a BMC lets rackwatch in. */
export type Credentials =
  | { readonly kind: "none" }
  | { readonly kind: "basic"; readonly user: string; readonly passwordPath: string }
  | { readonly kind: "bearer"; readonly tokenPath: string };

/** Whose certificates are taken. */
export type Trust =
  | { readonly kind: "system" }
  | { readonly kind: "issuer"; readonly caPath: string }
  | { readonly kind: "unchecked" };

/** `url`: the BMC's origin, and behind `#` the chassis where not all are meant. */
export interface RedfishTarget extends Target {
  readonly origin: string;
  readonly credentials: Credentials;
  readonly trust: Trust;
  /** Ids of the chassis that are the host; null: all of the BMC's. */
  readonly chassis: readonly string[] | null;
}

const KEYS = [
  "url",
  "every_s",
  "timeout_s",
  "user",
  "password_file",
  "bearer_token_file",
  "ca_file",
  "insecure_tls",
  "silent_after_s",
  "chassis",
  "labels",
] as const;
const URL_INSTEAD = `"https://bmc-7.example.org/"`;

/** @throws {DeclarationError} that names the table, the key, the rule and the value. */
export function redfishTargets(tables: readonly unknown[], where: string): RedfishTarget[] {
  return targetsOf(tables, where, "redfish", targetOf);
}

function targetOf(raw: unknown, where: string, pathOf: PathOf): RedfishTarget {
  if (!isTable(raw)) fail(where, "must be a table", raw, `url = ${URL_INSTEAD}`);
  onlyKeys(raw, KEYS, where);
  const url = urlOf(raw, where, URL_INSTEAD);
  if (url.pathname !== "/" || url.search !== "" || url.hash !== "") {
    fail(`${where}: url`, "must be a BMC's address alone", url.href, `"${url.origin}/"`);
  }
  const credentials = credentialsOf(raw, where, pathOf);
  const trust = trustOf(raw, where, pathOf);
  checkInTheClear(url, credentials, trust, where);
  const chassis = raw["chassis"] === undefined ? null : listOf(
    raw["chassis"],
    `${where}: chassis`,
    (id, key) => textOf(id, key, `the id of a chassis, as "1"`),
  );
  return {
    url: chassis === null ? url.href : `${url.href}#${chassis.join(",")}`,
    origin: url.origin,
    ...timesOf(raw, where, { everyS: 30, timeoutS: 20 }),
    ...silenceOf(raw, where),
    credentials,
    trust,
    chassis,
    labels: { instance: url.host, ...labelsOf(raw["labels"] ?? {}, `${where}: labels`) },
  };
}

function credentialsOf(raw: Table, where: string, pathOf: PathOf): Credentials {
  const { user, password_file: password, bearer_token_file: token } = raw;
  const tokenPath = tokenPathOf(raw, where, pathOf);
  if (tokenPath !== null) {
    if (user !== undefined || password !== undefined) {
      fail(
        `${where}: bearer_token_file`,
        "takes the place of user and password_file",
        token,
        "one",
      );
    }
    return { kind: "bearer", tokenPath };
  }
  if (user === undefined && password === undefined) return { kind: "none" };
  const name = textOf(user, `${where}: user`, `user = "monitor" beside password_file`);
  if (name.includes(":")) {
    fail(`${where}: user`, "must have no colon, where the password begins", name, `"monitor"`);
  }
  const path = textOf(password, `${where}: password_file`, "the path of a file");
  return { kind: "basic", user: name, passwordPath: pathOf(path) };
}

function trustOf(raw: Table, where: string, pathOf: PathOf): Trust {
  const { ca_file: ca, insecure_tls: insecure } = raw;
  const isUnchecked = insecure !== undefined && booleanOf(insecure, `${where}: insecure_tls`);
  if (ca === undefined) return { kind: isUnchecked ? "unchecked" : "system" };
  if (isUnchecked) {
    fail(`${where}: insecure_tls`, "would make ca_file mean nothing", insecure, "one of them");
  }
  return { kind: "issuer", caPath: pathOf(textOf(ca, `${where}: ca_file`, "the path of a file")) };
}

/** Over http everybody on the way reads the password, and there is no certificate. */
function checkInTheClear(url: URL, credentials: Credentials, trust: Trust, where: string): void {
  if (url.protocol === "https:") return;
  const instead = `"https://${url.host}/"`;
  if (trust.kind !== "system") {
    fail(`${where}: url`, "must be https for ca_file or insecure_tls", url.href, instead);
  }
  if (credentials.kind !== "none" && isInClear(url)) {
    fail(`${where}: url`, "must be https where a password or token is sent", url.href, instead);
  }
}
