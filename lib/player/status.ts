/**
 * What `GET /api/status` tells, as plain data: the page shows nothing else, and
 * scripts may rely on it. Times of day are ISO 8601 in UTC, durations are in ms,
 * amounts in bytes since the program started. Fields are added, never renamed.
 *
 * @module
 */

/** An item as people see it. */
export interface ItemStatus {
  title: string;
  /** Null where the playlist names none. */
  creator: string | null;
  /** When it begins, or began. */
  startsAt: string;
  /** When it ends; null where nobody knows. */
  endsAt: string | null;
}

/** The item that is on. */
export interface NowStatus extends ItemStatus {
  /** How far in we are. */
  positionMs: number;
  /** How much of its file is here; null before its length is known. */
  bytesHeld: number | null;
  /** The file's length; null before it is known. */
  bytes: number | null;
}

/** One mount. */
export interface MountStatus {
  /** E.g. `/stream.mp3`. */
  path: string;
  /** Media type. */
  type: string;
  /** Players connected. */
  listeners: number;
  /** What is heard there; empty where nobody said. */
  title: string;
  /** Whether a live source is heard, on a station's mount instead of its programme. */
  live: boolean;
}

/** A mount of no station: a source's own, or another server's that is relayed. */
export interface OtherMountStatus extends MountStatus {
  /** What it is called; its path where nobody said. */
  name: string;
}

/** How a station's stream keeps to its schedule. */
export interface TimingStatus {
  /** How late the whole programme is played here (`--from-start`), in ms. */
  lateMs: number;
  /**
   * How far what is sent is behind its place in that, in ms; less than 0: ahead.
   * Null while no item is sent.
   */
  offMs: number | null;
  /** Joints at which more than 100 ms of that was taken up. */
  corrections: number;
  /** The last of them: more than 0 ms was skipped, less than 0 was waited. */
  lastCorrection: { at: string; ms: number } | null;
}

/** One station that is tuned. */
export interface StationStatus {
  /** In paths and on the command line. */
  name: string;
  /** The playlist's title. */
  title: string;
  /** The playlist's address. */
  url: string;
  /** The station's web page, where it names one. */
  link: string | null;
  /** Null in a gap. */
  now: NowStatus | null;
  /** Null where nothing is known to follow. */
  next: ItemStatus | null;
  timing: TimingStatus;
  /** Whether the playlist states what every file must be. */
  rootsPublished: boolean;
  mounts: MountStatus[];
  /** Playlists of HLS, e.g. `/stream.m3u8`. */
  hls: string[];
  /** What is missing or wrong, in plain sentences; empty when all is well. */
  missing: string[];
}

/** What the swarm did since the program started. */
export interface SwarmTotals {
  peers: number;
  /** Whether others can reach us; null while nobody has tried. */
  reachable: boolean | null;
  bytesFromPeers: number;
  bytesFromOrigin: number;
  bytesToPeers: number;
  duplicateBytes: number;
  badChunks: number;
  deadlineMisses: number;
}

/** The whole answer. */
export interface Status {
  stations: StationStatus[];
  /** Mounts that belong to no station, by path; hidden ones are left out. */
  otherMounts: OtherMountStatus[];
  /** How far this machine's clock is off, and how wrong that may be. */
  clock: { offsetMs: number; errorMs: number | null };
  swarm: SwarmTotals;
}
