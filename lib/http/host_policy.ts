/**
 * Which names this machine answers to. A web page of a stranger can point its
 * own name at 127.0.0.1 (DNS rebinding) and then talk to us as if we were its
 * own server; what it cannot do is change the `Host` header, which names the
 * stranger. So a front answers only to names it knows, and 421 otherwise.
 *
 * Promises: the decision, from the header's text and the address that was
 * dialled. It looks nothing up. Cross-site form posts, which carry a right Host,
 * are {@linkcode checkOrigin}'s part; passwords and tokens are the handlers'.
 *
 * @module
 */
import { AlluviumError } from "../errors.ts";

/** Says which authorities a front answers to. */
export interface HostPolicy {
  /**
   * Whether a request under that name is answered.
   *
   * @param host name or IP literal, lower case, IPv6 without brackets, no port
   * @param localAddress the address of this machine that the client dialled
   */
  allows(host: string, localAddress: string): boolean;
}

/** Options of {@linkcode hostAllowList}. */
export interface HostAllowListOptions {
  /** The machine's own name, as `os.hostname()` gives it; also with `.local`. */
  machineName?: string;
  /** Further names or addresses, e.g. from `--allow-host` and `--public-url`. */
  extra?: Iterable<string>;
}

/** An authority taken apart. */
export interface Authority {
  /** Lower case, IPv6 without brackets, no dot at the end. */
  host: string;
  /** 1 to 65535, absent where none was written. */
  port?: number;
}

const AUTHORITY = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9_.-]+))(?::(\d{1,5}))?$/;

/**
 * Reads a `Host` header.
 *
 * @returns undefined for what is not `name`, `a.b.c.d` or `[v6]`, with or without a port
 */
export function parseAuthority(text: string): Authority | undefined {
  const match = AUTHORITY.exec(text.toLowerCase());
  if (match === null) return undefined;
  const host = (match[1] ?? match[2] ?? "").replace(/\.$/, "");
  if (host === "") return undefined;
  if (match[3] === undefined) return { host };
  const port = Number(match[3]);
  return port >= 1 && port <= 65535 ? { host, port } : undefined;
}

/** Whether a host is this machine by definition: `localhost`, 127.0.0.0/8, ::1. */
export function isLoopbackHost(host: string): boolean {
  return host === "localhost" || host.endsWith(".localhost") ||
    isLoopbackAddress(host);
}

/** Whether an IP literal is a loopback address, also in its IPv4-in-IPv6 form. */
export function isLoopbackAddress(address: string): boolean {
  return address === "::1" ||
    /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(plainAddress(address));
}

/** `::ffff:192.0.2.1` as `192.0.2.1`, without a scope (`%eth0`); others as they are. */
export function plainAddress(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/i, "").replace(/%.*$/, "");
}

/**
 * The list of design section 7: loopback names, the machine's own names, the
 * address that was dialled (one of the machine's own by definition), and `extra`.
 */
export function hostAllowList(options: HostAllowListOptions = {}): HostPolicy {
  const names = new Set<string>();
  for (const name of options.extra ?? []) {
    const parsed = parseAuthority(name) ?? parseAuthority(`[${name}]`);
    if (parsed !== undefined) names.add(parsed.host);
  }
  if (options.machineName) {
    const name = options.machineName.toLowerCase();
    names.add(name).add(`${name.split(".")[0]}.local`);
  }
  return {
    allows: (host, localAddress) =>
      isLoopbackHost(host) || names.has(host) ||
      host === plainAddress(localAddress).toLowerCase(),
  };
}

/**
 * Refuses a request that another site's page made a browser send. For whatever
 * changes state.
 *
 * @param request its `Origin` must be absent (no browser) or name the authority it was sent to
 * @throws AlluviumError `forbidden`
 */
export function checkOrigin(request: Request): void {
  const origin = request.headers.get("origin");
  const site = request.headers.get("sec-fetch-site");
  const foreign = origin !== null &&
    URL.parse(origin)?.host !== new URL(request.url).host;
  const crossSite = site !== null && site !== "same-origin" && site !== "none";
  if (foreign || crossSite) {
    throw new AlluviumError(
      "forbidden",
      "Cannot accept a change from another site's page",
      { field: "Origin" },
    );
  }
}
