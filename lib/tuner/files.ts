/**
 * The seam between the tuner and the swarm: the tuner says which item it will
 * play and when, whoever fetches (the peer node, an array in a test) answers
 * with random access to its bytes. The tuner knows no peers; the swarm knows no
 * mounts.
 *
 * @module
 */
import type { RandomAccess } from "../media/random_access.ts";
import type { Item } from "../playlist/playlist.ts";

/** Where a file is being played, so that the fetcher knows its deadlines. */
export interface Playhead {
  /** Byte offset that is needed next. */
  offset: number;
  /** When that byte plays, in ms since the epoch. */
  atMs: number;
  /** How fast the file is played from there on. */
  bytesPerSecond: number;
}

/** A file of the swarm, open for one airing. */
export interface SwarmFile extends RandomAccess {
  /** The item's URL. */
  readonly url: string;
  /** Tells where it is being played; called every second or so while it plays. */
  setPlayhead(playhead: Playhead): void;
  /** How long something of it takes that is asked of other listeners now, in ms; 0 where there are none. */
  waitMs(): number;
  /** How much of it is here. */
  progress(): { bytesHeld: number; bytes: number };
  /** The airing is over. Reads under way reject; the bytes may stay cached. */
  close(): void;
}

/** How a file will be used. */
export interface OpenOptions {
  /** The playlist's gateways, in its order; may be empty. */
  gateways: string[];
  /** The station's name among peers: its playlist's URL. Peers of one station learn of no other. */
  station?: string;
  /** When its first needed byte plays, in ms since the epoch. */
  startMs: number;
  /** Where in the file reading starts, 0 to 1. */
  fromFraction: number;
  /** Gives the opening up. */
  signal: AbortSignal;
}

/** What the swarm did so far; counts are since the program started. */
export interface SwarmStatus {
  /** Peers linked at this moment. */
  peers: number;
  /** Whether others can reach our port; undefined while nobody has tried. */
  reachable?: boolean;
  /** Bytes received from other listeners, verified. */
  bytesFromPeers: number;
  /** Bytes received from the web server, verified where there is a hash tree. */
  bytesFromOrigin: number;
  /** Bytes given to others. */
  bytesToPeers: number;
  /** Bytes received that were here already. */
  duplicateBytes: number;
  /** Chunks that failed their hash. */
  badChunks: number;
  /** Chunks that came after they were to play. */
  deadlineMisses: number;
}

/** Opens files of the swarm. */
export interface FileOpener {
  /**
   * Opens an item's file: resolves as soon as its length is known, long before
   * its bytes are here.
   *
   * @throws AlluviumError "media-unreachable", "media-rejected", "media-changed"
   * @throws the signal's reason when it aborts
   */
  open(item: Item, options: OpenOptions): Promise<SwarmFile>;
  /** What was fetched and given so far. */
  status(): SwarmStatus;
}
