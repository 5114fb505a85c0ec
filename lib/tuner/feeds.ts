/**
 * The mounts of one station: for each set of codecs, sample rate and channels its
 * items come in, one in every container that carries them. Made when the first item needs one, kept for ever.
 *
 * @module
 */
import { FILLER_HOLE_MS_MIN, STATION_MOUNTS_MAX } from "../limits.ts";
import type { NowPlaying } from "../media/mount_writer.ts";
import type { TrackInfo } from "../media/packet.ts";
import { isSameKind, kindOf, type StreamKind } from "../media/pairing.ts";
import type { Filler } from "./filler.ts";
import type { MountFeed } from "./mount_feed.ts";

/**
 * Makes the mounts of a kind.
 *
 * @param kind of their items
 * @param number 1 for the first of this kind, 2 for the second…
 * @param startMs when its first packet plays, in ms since the epoch
 * @returns undefined for codecs that no mount can carry
 */
export type FeedMaker = (
  kind: StreamKind,
  number: number,
  startMs: number,
) => MountFeed | undefined;

/** Where there is nothing of an item to send. */
export interface Hole {
  /** What listeners are told meanwhile. */
  playing: NowPlaying;
  /** When something else begins, in ms since the epoch. */
  endMs: number;
  /** Whether it lasts until then; else packets may come at any moment. */
  isSure: boolean;
}

/** Every mount of a station. */
export class Feeds {
  readonly #make: FeedMaker;
  readonly #feeds: { kind: StreamKind; feed: MountFeed }[] = [];
  /** What is heard in holes instead of silence, where it fits. */
  filler: Filler | undefined;
  /**
   * The parameters of the item to come, where nothing was heard yet: a mount is
   * bound to those of what it plays first. "any" where none is to come.
   */
  upcoming: TrackInfo | "any" | undefined;

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
    const kind = kindOf(info);
    const own = this.#feeds.find((entry) =>
      isSameKind(entry.kind, kind) && entry.feed.accepts(info)
    );
    return own?.feed ?? this.add(kind, startMs);
  }

  /**
   * Makes a mount before its first item is there.
   *
   * @returns undefined when no mount can carry it, or the station has too many
   */
  add(kind: StreamKind, startMs: number): MountFeed | undefined {
    if (this.#feeds.length >= STATION_MOUNTS_MAX) return undefined;
    const same = this.#feeds.filter((entry) => isSameKind(entry.kind, kind));
    const feed = this.#make(kind, same.length + 1, startMs);
    if (feed) this.#feeds.push({ kind, feed });
    return feed;
  }

  /**
   * The filler, else silence, on every mount but one.
   *
   * @param untilMs in ms since the epoch
   * @param except the mount that is playing an item
   */
  fillUntil(untilMs: number, hole: Hole, except?: MountFeed): void {
    for (const { feed } of this.#feeds) {
      if (feed !== except) this.fill(feed, untilMs, hole);
    }
  }

  /**
   * The filler, else silence, on one mount.
   *
   * @param untilMs in ms since the epoch
   */
  fill(feed: MountFeed, untilMs: number, hole: Hole): void {
    const { filler } = this;
    if (filler && this.#isFor(feed, filler) && isLong(feed, hole)) {
      feed.fillUntil(filler, untilMs, hole.playing);
    } else feed.silenceUntil(untilMs, hole.playing);
  }

  #isFor(feed: MountFeed, { info }: Filler): boolean {
    const entry = this.#feeds.find((x) => x.feed === feed);
    const fits = entry !== undefined && feed.accepts(info) &&
      isSameKind(entry.kind, kindOf(info));
    if (!fits || feed.hasBegun || this.upcoming === "any") return fits;
    return this.upcoming?.codec === info.codec &&
      this.upcoming.sampleRate === info.sampleRate &&
      this.upcoming.channels === info.channels;
  }
}

/** Whether a hole is worth a filler; one that has begun is heard to the end. */
function isLong(feed: MountFeed, { endMs, isSure }: Hole): boolean {
  if (feed.isFilling) return true;
  return endMs - feed.atMs >= FILLER_HOLE_MS_MIN &&
    (isSure || feed.holeMs >= FILLER_HOLE_MS_MIN);
}
