/**
 * Which station a content belongs to, and on which channel a peer of it is told
 * something about the station. Messages name contents alone, so that nobody
 * learns what else is heard here.
 *
 * @module
 */
import type { Content } from "./content.ts";
import type { Link } from "./link.ts";

/** The station a content belongs to beyond doubt; undefined where it is part of several, or of none. */
export function stationOf({ stations }: Content): string | undefined {
  const [first] = stations;
  return stations.size === 1 ? first : undefined;
}

/** A channel of a link on which something about a station can be said; undefined while there is none. */
export function channelOf(
  link: Link,
  station: string,
  contents: Iterable<Content>,
): number | undefined {
  for (const content of contents) {
    if (stationOf(content) !== station) continue;
    const channel = link.channel(content);
    if (channel !== undefined) return channel;
  }
  return undefined;
}
