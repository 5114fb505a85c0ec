/**
 * Which URLs the gateway will ask, and at which addresses. It fetches whatever
 * URL a stranger names, from inside its owner's network; without a guard it
 * would be the stranger's hand in there.
 *
 * Promises: only http and https, no user name or password, only the usual ports
 * and those from 1024 on; every address a name resolves to must be reachable
 * from the whole world, and the one that passed is the one dialled (the caller
 * pins it), so that a name which resolves differently the second time gains
 * nothing. With `allowPrivate`, loopback and private networks are let in too.
 * The gateway's own ports never are: a gateway that asks itself asks for ever.
 * Redirects are the caller's part: each hop comes through here again.
 *
 * @module
 */
import { AlluviumError } from "../errors.ts";
import { reachOf } from "../swarm/address_space.ts";

/** What the guard goes by. */
export interface GuardPolicy {
  /** Let loopback and private networks in: LAN and tests. */
  allowPrivate: boolean;
  /** Authorities of this gateway that are never asked, `host:port` in lower case. */
  ownAuthorities: ReadonlySet<string>;
  /** Ports this gateway listens on; never asked on any address of this machine. */
  ownPorts: ReadonlySet<number>;
  /** Addresses of this machine besides loopback. */
  ownAddresses: ReadonlySet<string>;
  /** Hosts media is taken from, with all names below them; none: any. */
  mediaHosts?: readonly string[];
}

/** Gives all addresses of a name; rejects if there are none. */
export type Resolver = (host: string) => Promise<string[]>;

const DEFAULT_PORTS: Readonly<Record<string, number>> = {
  "http:": 80,
  "https:": 443,
};

/**
 * Reads a media URL that someone named.
 *
 * @returns the URL without its fragment
 * @throws {AlluviumError} `url-forbidden`
 */
export function checkUrl(text: string, policy: GuardPolicy): URL {
  const url = URL.parse(text);
  if (url === null) throw forbidden(text, "it is no absolute URL");
  const usual = DEFAULT_PORTS[url.protocol];
  if (usual === undefined) throw forbidden(text, "wanted http or https");
  if (url.username !== "" || url.password !== "") {
    throw forbidden(text, "it carries a user name or password");
  }
  if (url.hostname === "") throw forbidden(text, "it names no host");
  const port = portOf(url);
  if (port < 1024 && port !== 80 && port !== 443) {
    throw forbidden(text, `port ${port} is no web server's`);
  }
  if (policy.ownAuthorities.has(`${url.hostname}:${port}`)) {
    throw forbidden(text, "it is this gateway itself");
  }
  if (!isMediaHost(url, policy.mediaHosts ?? [])) {
    throw forbidden(text, "this gateway does not serve that host");
  }
  url.hash = "";
  return url;
}

function isMediaHost(url: URL, hosts: readonly string[]): boolean {
  // A dot at the end means the same name.
  const host = bareHost(url).replace(/\.$/, "");
  return hosts.length === 0 || hosts.some((name) => {
    const wanted = name.toLowerCase();
    return host === wanted || host.endsWith(`.${wanted}`);
  });
}

/**
 * Finds the addresses at which a URL may be asked.
 *
 * @param url passed {@linkcode checkUrl}
 * @returns at least one; the one dialled must be of these
 * @throws {AlluviumError} `url-forbidden` if any address of the name is off limits,
 *   `media-unreachable` if it has none
 */
export async function checkAddresses(
  url: URL,
  policy: GuardPolicy,
  resolve: Resolver,
): Promise<string[]> {
  const host = bareHost(url);
  const addresses = isLiteral(host) ? [host] : await lookUp(url, resolve);
  for (const address of addresses) checkAddress(url, address, policy);
  return addresses;
}

/** A URL's port, written or not. */
export function portOf(url: URL): number {
  return url.port === "" ? DEFAULT_PORTS[url.protocol] ?? 0 : Number(url.port);
}

/** A URL's host, IPv6 without brackets. */
export function bareHost(url: URL): string {
  return url.hostname.replace(/^\[(.*)\]$/, "$1");
}

/** Whether a host is an IP literal; WHATWG URLs write every form of IPv4 as four decimals. */
function isLiteral(host: string): boolean {
  return host.includes(":") || /^\d+(?:\.\d+){3}$/.test(host);
}

async function lookUp(url: URL, resolve: Resolver): Promise<string[]> {
  let addresses: string[] = [];
  try {
    addresses = await resolve(bareHost(url));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw unknownHost(url, why, error);
  }
  if (addresses.length === 0) throw unknownHost(url, "it has no address");
  return addresses;
}

function checkAddress(url: URL, address: string, policy: GuardPolicy): void {
  const reach = reachOf(address);
  const own = reach === "machine" || policy.ownAddresses.has(address);
  if (own && policy.ownPorts.has(portOf(url))) {
    throw forbidden(url.href, "it is this gateway itself");
  }
  if (reach === "world") return;
  if (reach !== "nowhere" && policy.allowPrivate) return;
  throw forbidden(
    url.href,
    reach === "nowhere"
      ? `${address} is no address to fetch from`
      : `${address} is not on the public internet; a gateway for one's own network starts with --allow-private`,
  );
}

function forbidden(url: string, why: string): AlluviumError {
  return new AlluviumError(
    "url-forbidden",
    `Cannot fetch this URL: ${why}`,
    { url: url.slice(0, 1000) },
  );
}

function unknownHost(url: URL, why: string, cause?: unknown): AlluviumError {
  return new AlluviumError(
    "media-unreachable",
    `Cannot find the host ${url.hostname}: ${why}`,
    { url: url.href, cause },
  );
}
