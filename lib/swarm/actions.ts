/**
 * What the engine wants done. The shell carries actions out in order and tells
 * the engine what became of them; it decides nothing.
 *
 * @module
 */
import type { Content } from "./content.ts";
import type { PeerAddress } from "./members.ts";

/** One thing for the shell to do. Leaves are `from` to `until`, exclusive. */
export type Action =
  /** Send a frame on a link. */
  | { type: "send"; link: number; frame: Uint8Array<ArrayBuffer> }
  /** Read these leaves and send them as `data` on `channel`, in the order of the actions; then `handleSent`. */
  | {
    type: "upload";
    link: number;
    content: Content;
    channel: number;
    from: number;
    until: number;
  }
  /** Close a link; `ban` forbids its peer for the session and says why. */
  | { type: "close"; link: number; ban?: string }
  /** Dial a peer; answered by `handleLinkOpen` or `handleDialFailed`. */
  | { type: "dial"; peer: PeerAddress }
  /** Nothing of a station is open any more: look for no more of its listeners. */
  | { type: "leave"; station: string }
  /** Ask a peer that dialled us whether it answers at its address; if it does, `handleProbed`. */
  | { type: "probe"; link: number; peer: PeerAddress }
  /** Keep verified bytes, which start at leaf `from`. */
  | { type: "store"; content: Content; from: number; bytes: Uint8Array }
  /** Get leaves from a URL by HTTP Range. */
  | {
    type: "fetch";
    fetch: number;
    content: Content;
    source: string;
    from: number;
    until: number;
  }
  /** Stop a fetch; nothing more of it is expected. */
  | { type: "abort"; fetch: number }
  /** Ask the gateway for the right to fetch. */
  | {
    type: "lease";
    content: Content;
    from: number;
    until: number;
    chunks: number;
    /** Leaves before this one press: they play within seconds, or are of a file of which nothing comes. */
    pressing: number;
  }
  /** A lease has ended. */
  | {
    type: "done";
    content: Content;
    from: number;
    until: number;
    ok: boolean;
    ms: number;
  }
  /** Ask the gateway for leaf hashes. */
  | { type: "hashes"; content: Content; from: number; count: number }
  /** `source` gave bytes that are not this content's. */
  | { type: "mismatch"; content: Content; source: string; leaf: number };

/** Counters of one engine since it began, in bytes unless said. */
export interface SwarmStats {
  /** From listeners, relays and gateways. */
  bytesFromPeers: number;
  /** From the files' own web servers. */
  bytesFromOrigin: number;
  /** To listeners and relays. */
  bytesToPeers: number;
  /** Received though already held or not asked for. */
  duplicateBytes: number;
  /** Chunks that failed their hash. */
  badChunks: number;
  /** Leaves that came after their time to play. */
  deadlineMisses: number;
}

/** Counters at the start. */
export function newStats(): SwarmStats {
  return {
    bytesFromPeers: 0,
    bytesFromOrigin: 0,
    bytesToPeers: 0,
    duplicateBytes: 0,
    badChunks: 0,
    deadlineMisses: 0,
  };
}
