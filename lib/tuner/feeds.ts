/**
 * The mounts of one station: one for each set of codec, sample rate and
 * channels its items come in. Made when the first item needs one, kept for ever.
 *
 * @module
 */
import { STATION_MOUNTS_MAX } from "../limits.ts";
import type { NowPlaying } from "../media/mount_writer.ts";
import type { Codec, TrackInfo } from "../media/packet.ts";
import type { MountFeed } from "./mount_feed.ts";

/**
 * Makes a mount.
 *
 * @param codec of its items
 * @param number 1 for the first mount of this codec, 2 for the second…
 * @param startMs when its first packet plays, in ms since the epoch
 * @returns undefined for a codec that no mount can carry
 */
export type FeedMaker = (
  codec: Codec,
  number: number,
  startMs: number,
) => MountFeed | undefined;

/** Every mount of a station. */
export class Feeds {
  readonly #make: FeedMaker;
  readonly #feeds: { codec: Codec; feed: MountFeed }[] = [];

  /**
   * No mounts yet.
   *
   * @param make makes a mount and shows it to listeners
   */
  constructor(make: FeedMaker) {
    this.#make = make;
  }

  /** All mounts, the oldest first. */
  get all(): readonly MountFeed[] {
    return this.#feeds.map(({ feed }) => feed);
  }

  /**
   * The mount an item of these parameters goes to, made where there is none.
   *
   * @param startMs when the first packet of a new mount plays
   * @returns undefined when no mount can carry it, or the station has too many
   */
  for(info: TrackInfo, startMs: number): MountFeed | undefined {
    const own = this.#feeds.find(({ codec, feed }) =>
      codec === info.codec && feed.accepts(info)
    );
    return own?.feed ?? this.add(info.codec, startMs);
  }

  /**
   * Makes a mount before its first item is there.
   *
   * @returns undefined when no mount can carry it, or the station has too many
   */
  add(codec: Codec, startMs: number): MountFeed | undefined {
    if (this.#feeds.length >= STATION_MOUNTS_MAX) return undefined;
    const same = this.#feeds.filter((entry) => entry.codec === codec).length;
    const feed = this.#make(codec, same + 1, startMs);
    if (feed) this.#feeds.push({ codec, feed });
    return feed;
  }

  /**
   * Silence on every mount but one.
   *
   * @param untilMs in ms since the epoch
   * @param playing what listeners are told meanwhile
   * @param except the mount that is playing an item
   */
  silenceUntil(untilMs: number, playing: NowPlaying, except?: MountFeed): void {
    for (const { feed } of this.#feeds) {
      if (feed !== except) feed.silenceUntil(untilMs, playing);
    }
  }
}
