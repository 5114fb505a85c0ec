/**
 * The seam between packets and mounts: whoever makes an endless stream out of
 * items (the tuner) hands packets in here and gets pieces of the mount's
 * container out, ready to send. It knows neither MP3 nor Ogg.
 *
 * One writer lives as long as its mount: items come and go, the stream never
 * ends. The codec is fixed when the writer is made; sample rate and channels
 * are fixed by the first item (silence before it uses a default). Nothing is
 * decoded, nothing is awaited, there is no clock: durations are counted in
 * samples, so the sum of `durationMs` over all chunks is exact over any time.
 *
 * Order of calls, from the first to the last:
 *
 *     (begin write* end | silence+)*
 *
 * `begin` and `silence` end what is still open, so a caller that forgets `end`
 * loses nothing. A writer may hold packets back (it cannot know that a page is
 * the last one before it sees what follows): `heldMs` says how much.
 *
 * @module
 */
import type { MountChunk, Packet, TrackInfo } from "./packet.ts";

/** What a listener is told is on. */
export interface NowPlaying {
  /** The item's title. */
  title: string;
  /** Who made it. */
  creator?: string;
}

/** Turns packets of one item after the other into one endless stream. */
export interface MountWriter {
  /** The mount's media type, e.g. `audio/mpeg`. */
  readonly contentType: string;
  /** The container's file extension without the dot, e.g. `mp3`: `/stream.mp3`. */
  readonly extension: string;
  /** Whether HLS takes its chunks as well, or nothing else does. Default: it does not. */
  readonly hls?: "also" | "only" | undefined;
  /** Play time in ms of what was written and has not come out as a chunk yet. */
  readonly heldMs: number;
  /**
   * Whether an item of these parameters fits this mount: same codec, and the
   * sample rate and channels of the first item that was begun. An item that
   * does not fit is for another mount; this one gets silence or a filler.
   */
  accepts(info: TrackInfo): boolean;
  /**
   * Starts an item. Returns what was held back of the item before, if anything.
   * The first chunk that carries the new item's packets carries its title.
   *
   * @param playing what the playlist says is on; the file's own tags without it
   * @throws RangeError when the writer does not accept `info`
   */
  begin(info: TrackInfo, playing?: NowPlaying): MountChunk[];
  /**
   * Adds a packet of the item begun. Returns the chunks that became complete:
   * none for most packets, seldom more than one.
   *
   * @throws RangeError when no item was begun
   */
  write(packet: Packet): MountChunk[];
  /** Ends the item (its last packet, or the clock cut it): all that was held back. */
  end(): MountChunk[];
  /**
   * Silence in the mount's own parameters, in whole packets: at least
   * `durationMs` and less than one packet more, counting what is held back.
   * Nothing is carried over to the next call: a caller that counts what came
   * out (and `heldMs`) asks for what is still missing. Calls in a row continue
   * one another without a joint.
   *
   * @param durationMs 0 to 3,600,000 (a limit); call again for more
   * @param playing what listeners are told meanwhile, nothing by default; said once, on the first chunk of calls in a row
   * @throws RangeError when `durationMs` is outside of its range
   */
  silence(durationMs: number, playing?: NowPlaying): MountChunk[];
}

/** What ICY listeners are shown: `creator - title`, or the title alone. */
export function displayTitle(playing: NowPlaying): string {
  return playing.creator === undefined || playing.creator === ""
    ? playing.title
    : `${playing.creator} - ${playing.title}`;
}

/** What a file's own tags say is on; an empty title where they say nothing. */
export function tagsOf(info: TrackInfo): NowPlaying {
  return {
    title: info.title ?? "",
    ...(info.creator !== undefined && { creator: info.creator }),
  };
}
