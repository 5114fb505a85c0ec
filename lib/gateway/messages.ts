/**
 * What a client and a gateway say to each other: the answer of
 * `GET /ocn/v1/resource` and the text frames of the swarm socket
 * `/ocn/v1/swarm`. One JSON object a frame, `t` names it. Unknown messages and
 * unknown fields are ignored, so that either side may be newer.
 *
 * A content's **key** is 64 lower-case hex digits: its tree root where that is
 * known, else a provisional id the gateway minted. `provisional` tells which.
 * Leaves are 16 KiB; a run of leaves is `from` and `count`.
 *
 * @module
 */

/** The version both sides speak. A hello with another one is answered by `error` and a close. */
export const SWARM_SOCKET_VERSION = 1;

/** What a gateway knows of a URL; also the JSON of `GET /ocn/v1/resource`. */
export interface Resource {
  /** As asked for, without its fragment. */
  url: string;
  /** The content's key on the swarm socket. */
  key: string;
  /** True while the root is not known: `key` is then a provisional id. */
  provisional: boolean;
  /** 64 hex digits; absent while provisional. */
  root?: string;
  /** Length in bytes. */
  length: number;
  /** Media type, as the origin says. */
  type?: string;
  /** The origin's entity tag. */
  etag?: string;
  /** The origin's `Last-Modified`. */
  lastModified?: string;
  /** Where the whole leaf layer can be fetched; absent while provisional. */
  tree?: string;
  /** Public copies, best first (gateways, stations, public relays). */
  mirrors: string[];
  /** While provisional: bytes hashed so far. */
  hashedBytes?: number;
}

/** Another listener, as told to those who announce the same content. */
export interface PeerRecord {
  /** 32 hex digits, random per run. */
  id: string;
  /** IP literal; IPv6 without brackets. */
  host: string;
  /** Of its peer port: WebSocket and `/uri-res/N2R`. */
  port: number;
  /** Where else, by the other family: the gateway has dialled both. */
  also?: { host: string; port: number };
  /** Upload capacity in bytes per second, as advertised. */
  capacity: number;
  /** Fraction of the content it holds, 0 to 1, rounded. */
  share: number;
  /** It is a public mirror: its address may be told to everyone. */
  public?: true;
}

/** Leaf hashes from leaf `from` on: concatenated 32-byte hashes in base64. */
export interface HashRun {
  /** First leaf. */
  from: number;
  /** 32 bytes a leaf, in base64. */
  leaves: string;
  /**
   * Uncle hashes that prove the run against the root (order: `hashtree`'s
   * proofs). The run is then aligned to a power of two of leaves, clipped at the
   * end of the file. Absent while provisional: such runs begin anywhere.
   */
  uncles?: string;
}

/** The right to fetch leaves `from` to `from + count` from `source`. */
export interface Lease {
  /** First leaf. */
  from: number;
  /** How many leaves. */
  count: number;
  /** Where: the origin's URL, or the gateway's own copy (`…/uri-res/N2R?…`). Takes Range. */
  source: string;
  /** How long the right lasts from receipt, in ms. */
  ttlMs: number;
}

/** From client to gateway. */
export type ClientMessage =
  /**
   * First message. `port` 0: cannot be dialled. `share` false: never listed.
   * `public`: what it holds whole may be named to everyone as a mirror.
   */
  | {
    t: "hello";
    v: number;
    id: string;
    port: number;
    capacity: number;
    share: boolean;
    public?: boolean | undefined;
  }
  /**
   * I want this content, starting at leaf `leaf`. `root` and `length` from the
   * playlist, if it has them. `chunk`: leaves per chunk. `lease`: chunks wanted
   * in the first lease, 0 for none. Answered by `joined` or `error` with the same `ref`.
   */
  | {
    t: "join";
    ref: number;
    url: string;
    root?: string;
    length?: number;
    leaf: number;
    chunk: number;
    lease: number;
  }
  | { t: "leave"; key: string }
  /**
   * Give me up to `chunks` chunks among leaves `from` to `until` that nobody
   * fetches; earliest first. Leaves before `pressing` play within 3 s, or are of a
   * file of which nothing has come for as long: a second client may be granted
   * those. `chunk`: leaves per chunk, for who did not know the length when it joined.
   */
  | {
    t: "lease";
    key: string;
    from: number;
    until: number;
    chunks: number;
    pressing?: number | undefined;
    chunk?: number | undefined;
  }
  /** A lease ended: verified and held (`ok`), or given back. `ms`: how long the bytes took. */
  | {
    t: "done";
    key: string;
    from: number;
    count: number;
    ok: boolean;
    ms: number;
  }
  /** Fraction held, sent when it has changed by a tenth. */
  | { t: "share"; key: string; share: number }
  /** Leaf hashes of a run, please (joining late, seeking). */
  | { t: "hashes"; key: string; from: number; count: number };

/** From gateway to client. */
export type GatewayMessage =
  /**
   * Answer to hello. `reachable`: the gateway dialled back; null while it tries.
   * `ticket`: with it the client may show itself at other addresses of its own,
   * by `POST /ocn/v1/here` (`routes.ts`) from there.
   */
  | {
    t: "welcome";
    v: number;
    address: string;
    reachable: boolean | null;
    timeMs: number;
    ticket?: string;
  }
  | {
    t: "joined";
    ref: number;
    resource: Resource;
    hashes?: HashRun;
    peers: PeerRecord[];
    leases: Lease[];
  }
  | { t: "peers"; key: string; add: PeerRecord[]; drop: string[] }
  | { t: "hashes"; key: string; run: HashRun }
  /** A provisional content has its root: same bytes, new key. */
  | { t: "root"; key: string; root: string; length: number }
  /** A content is no more: the origin failed or the file changed. */
  | { t: "gone"; key: string; code: string; message: string }
  | { t: "lease"; key: string; lease: Lease }
  /** Nothing to give now; ask again after `retryMs`, or get it from peers. */
  | { t: "wait"; key: string; from: number; until: number; retryMs: number }
  /** A peer that nobody can dial asks to be dialled out to: connect to this one. */
  | { t: "dial"; peer: PeerRecord; key: string }
  | { t: "error"; ref?: number; code: string; message: string };
