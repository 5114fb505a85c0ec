/**
 * What the demo shows: one line of who fetched what from whom. Pure.
 *
 * @module
 */
import type { Status } from "../../player/status.ts";
import { formatDuration } from "../quantities.ts";
import type { OriginCount } from "./origin.ts";

/** What each arrow of {@linkcode networkLine} means, said once. */
export const LEGEND =
  "Each listener: ← from the other listeners, ⇠ from the station, → given to the others";

/**
 * One line for the whole network, e.g.
 * `station sent 1.0 copies | 1 ←281 ⇠153 →290 | 2 … | 3 … KiB | Morning Delta 0:12`:
 * what the demo is about first, for a narrow terminal cuts the end.
 *
 * @param listeners what each listener's page shows
 * @param origin what the station's server sent
 */
export function networkLine(
  listeners: readonly Status[],
  origin: OriginCount,
): string {
  const parts = listeners.map(({ swarm }, i) => listenerPart(i + 1, swarm));
  return `station sent ${copies(origin)} | ${parts.join(" | ")} KiB | ${
    nowOf(listeners)
  }`;
}

function nowOf(listeners: readonly Status[]): string {
  const now = listeners[0]?.stations[0]?.now;
  return now ? `${now.title} ${formatDuration(now.positionMs)}` : "silence";
}

/** How often the origin sent what was asked of it: 3.0 without a swarm of three. */
function copies({ bytes, bytesOfFiles }: OriginCount): string {
  if (bytesOfFiles === 0) return "nothing";
  return `${(bytes / bytesOfFiles).toFixed(1)} copies`;
}

function listenerPart(number: number, swarm: Status["swarm"]): string {
  const kib = (bytes: number) => Math.round(bytes / 1024);
  const { bytesFromPeers, bytesFromOrigin, bytesToPeers } = swarm;
  return `${number} ←${kib(bytesFromPeers)} ⇠${kib(bytesFromOrigin)} →${
    kib(bytesToPeers)
  }`;
}
