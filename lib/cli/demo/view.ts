/**
 * What the demo shows: one line of who fetched what from whom. Pure.
 *
 * @module
 */
import type { Status } from "../../player/status.ts";
import { formatDuration } from "../quantities.ts";
import type { OriginCount } from "./origin.ts";

/** What the figures of {@linkcode networkLine} mean, said once. */
export const LEGEND =
  "Each listener, in KiB: ⇠ from the station's server, ←2 from listener 2";

/** One listener of the demo, at one moment. */
export interface ListenerView {
  /** What its page shows. */
  status: Status;
  /** Its id among peers. */
  id: string;
  /** What came from each peer, in bytes. */
  peers: { id: string; bytesFrom: number }[];
}

/**
 * One line for the whole network, e.g.
 * `station sent 1.0 copies | 1 ⇠153 ←2 120 ←3 161 | 2 … | 3 … | Morning Delta 0:12`:
 * what the demo is about first, for a narrow terminal cuts the end.
 *
 * @param origin what the station's server sent
 */
export function networkLine(
  listeners: readonly ListenerView[],
  origin: OriginCount,
): string {
  const numbers = new Map(listeners.map(({ id }, i) => [id, i + 1]));
  const parts = listeners.map((listener) => listenerPart(listener, numbers));
  return `station sent ${copies(origin)} | ${parts.join(" | ")} | ${
    nowOf(listeners)
  }`;
}

function nowOf(listeners: readonly ListenerView[]): string {
  const now = listeners[0]?.status.stations[0]?.now;
  return now ? `${now.title} ${formatDuration(now.positionMs)}` : "silence";
}

/** How often the origin sent what was asked of it: 3.0 without a swarm of three. */
function copies({ bytes, bytesOfFiles }: OriginCount): string {
  if (bytesOfFiles === 0) return "nothing";
  return `${(bytes / bytesOfFiles).toFixed(1)} copies`;
}

function listenerPart(
  { id, status, peers }: ListenerView,
  numbers: ReadonlyMap<string, number>,
): string {
  const kib = (bytes: number) => Math.round(bytes / 1024);
  const others = peers.flatMap(({ id, bytesFrom }) => {
    const number = numbers.get(id);
    return number === undefined ? [] : [{ number, bytesFrom }];
  }).sort((a, b) => a.number - b.number);
  const from = others.map(({ number, bytesFrom }) =>
    ` ←${number} ${kib(bytesFrom)}`
  );
  const { bytesFromOrigin } = status.swarm;
  return `${numbers.get(id)} ⇠${kib(bytesFromOrigin)}${from.join("")}`;
}
