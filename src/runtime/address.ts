/**
 * Addresses as people write them: `tcp://host:port`, `host:port`, `[::1]:port`. Reads and writes
 * them; resolves no names and opens nothing.
 */

export interface Address {
  /** A name or an IP address, IPv6 without its brackets. */
  readonly hostname: string;
  /** 0–65535; 0 asks for a free port where one listens. */
  readonly port: number;
}

/**
 * Reads `tcp://host:port`, `host:port` or `[ipv6]:port`.
 *
 * @param what The setting's name as its reader knows it (`--feed`), for the message.
 * @throws {TypeError} when the text isn't an address, {RangeError} when its port is none.
 */
export function parseAddress(text: string, what: string): Address {
  const given = text.trim();
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(given)?.[1]?.toLowerCase();
  if (scheme !== undefined && scheme !== "tcp") {
    throw new TypeError(`${wrong(what, text)}: the only scheme is tcp://, got ${scheme}://`);
  }
  const rest = scheme === undefined ? given : given.slice("tcp://".length).replace(/\/$/, "");
  const match = /^(?:\[([^[\]]*)\]|([^:[\]]*)):([^:]*)$/.exec(rest);
  if (match === null) throw new TypeError(`${wrong(what, text)}: ${shapeFault(rest)}`);
  const [, bracketed, name, portText = ""] = match;
  const hostname = bracketed ?? name ?? "";
  if (bracketed !== undefined ? !isIpv6(bracketed) : !/^[^\s/?#@\\]+$/.test(hostname)) {
    const fault = hostname === "" ? "the host is missing" : `"${hostname}" is not a host`;
    throw new TypeError(`${wrong(what, text)}: ${fault}; write for example 127.0.0.1:9988`);
  }
  const port = /^\d{1,5}$/.test(portText) ? Number(portText) : NaN;
  if (!(port <= 65_535)) {
    throw new RangeError(`${wrong(what, text)}: a port is a whole number 0–65535`);
  }
  return { hostname, port };
}

/** `host:port`, with brackets around an IPv6 address: what `parseAddress` reads back. */
export function formatAddress(address: Address): string {
  const host = address.hostname.includes(":") ? `[${address.hostname}]` : address.hostname;
  return `${host}:${address.port}`;
}

/** Whether only this machine can reach it: `localhost`, 127.0.0.0/8 and ::1. */
export function isLoopback(hostname: string): boolean {
  const host = hostname.toLowerCase();
  return host === "localhost" || host.endsWith(".localhost") ||
    /^127(?:\.\d{1,3}){3}$/.test(host) ||
    /^(?:::1|(?:0{1,4}:){7}0{0,3}1|::ffff:127(?:\.\d{1,3}){3})$/.test(host);
}

function wrong(what: string, text: string): string {
  return `Cannot read ${what} "${text}" as an address`;
}

function shapeFault(rest: string): string {
  if (!rest.includes(":")) {
    return "the port is missing; write host:port, for example 127.0.0.1:9988";
  }
  if (!rest.includes("[")) return "an IPv6 address goes in brackets; write for example [::1]:9988";
  return "write host:port or [ipv6]:port, for example 127.0.0.1:9988";
}

function isIpv6(text: string): boolean {
  return text.includes(":") && /^[0-9a-f:.]+(?:%[\w.-]+)?$/i.test(text);
}
