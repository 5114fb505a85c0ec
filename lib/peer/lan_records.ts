/**
 * What listeners of one network say of themselves by multicast DNS (RFC 6762,
 * RFC 6763): `ID._alluvium._tcp.local`, a peer port, and a tag for each station.
 * A tag is a hash of the station's name and the id: who knows a station finds
 * its listeners; who does not learns nothing, not even that two of them hear the
 * same. Pure.
 *
 * @module
 */
import { hash } from "node:crypto";
import { LAN_TAGS_MAX } from "../limits.ts";

/** The service, as DNS names it. */
export const LAN_SERVICE = "_alluvium._tcp.local";

/** Seconds that others may remember us: RFC 6762, 10. */
const TTL_SECONDS = 120;

/** Hex digits of a tag: 64 bits, and nobody guesses a station's name by chance. */
const TAG_DIGITS = 16;

/** A listener of this network, as it says. */
export interface LanPeer {
  /** 32 hex digits, random per run. */
  id: string;
  /** Its peer port. */
  port: number;
  /** A tag for each station it hears. */
  tags: ReadonlySet<string>;
}

/** A record of a packet, as far as it matters here. */
export interface LanRecord {
  name: string;
  type: string;
  ttl?: number;
  data?: unknown;
}

/** What stands for a station in the announcement of one peer. */
export function stationTag(id: string, station: string): string {
  return hash("sha256", `alluvium ${id} ${station}`).slice(0, TAG_DIGITS);
}

/**
 * The records of an announcement; `LAN_TAGS_MAX` stations at most.
 *
 * @param stations their names, e.g. playlist URLs; none: goodbye
 */
export function lanRecords(
  { id, port }: { id: string; port: number },
  stations: Iterable<string>,
): LanRecord[] {
  const name = `${id}.${LAN_SERVICE}`;
  const tags = [...stations].slice(0, LAN_TAGS_MAX)
    .map((station) => `s=${stationTag(id, station)}`);
  const ttl = tags.length > 0 ? TTL_SECONDS : 0;
  const place = { port, target: `${id}.local`, priority: 0, weight: 0 };
  return [
    { name: LAN_SERVICE, type: "PTR", ttl, data: name },
    { name, type: "SRV", ttl, data: place },
    { name, type: "TXT", ttl, data: tags },
  ];
}

/** The listeners that a packet's records speak of; what is malformed is passed over. */
export function lanPeers(records: readonly LanRecord[]): LanPeer[] {
  const peers: LanPeer[] = [];
  for (const { name, type, ttl, data } of records) {
    const id = idOf(name);
    if (type !== "SRV" || id === undefined || ttl === 0) continue;
    const port = (data as { port?: unknown } | undefined)?.port;
    if (typeof port !== "number" || port < 1) continue;
    const texts = records.find((other) =>
      other.type === "TXT" && other.name === name
    )?.data;
    peers.push({ id, port, tags: tagsOf(texts) });
  }
  return peers;
}

function idOf(name: string): string | undefined {
  const [id = "", ...service] = name.split(".");
  const ours = service.join(".") === LAN_SERVICE;
  return ours && /^[0-9a-f]{32}$/.test(id) ? id : undefined;
}

/** Texts come as bytes, or one of them alone. */
function tagsOf(data: unknown): ReadonlySet<string> {
  const texts = Array.isArray(data) ? data : [data];
  const tags = new Set<string>();
  for (const text of texts.slice(0, LAN_TAGS_MAX)) {
    const words = text instanceof Uint8Array
      ? new TextDecoder().decode(text)
      : String(text);
    if (/^s=[0-9a-f]+$/.test(words)) tags.add(words.slice(2));
  }
  return tags;
}
