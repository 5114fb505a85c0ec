/**
 * The files of a simulated station. Two kinds of hash: `real` is the tree of the
 * file's own bytes; `tagged` stands in for SHA-256 where its cost would swamp
 * the rest: every leaf carries its number, and a leaf is right if it says so and
 * is untouched. The engine's code is the same.
 *
 * @module
 */
import { LEAF_BYTES, leafCount } from "../../lib/hashtree/geometry.ts";
import { LeafLayerBuilder } from "../../lib/hashtree/layer.ts";
import { DATA_LEAVES_MAX, LAN_DATA_LEAVES_MAX } from "../../lib/limits.ts";
import type { Content, ContentSpec } from "../../lib/swarm/content.ts";
import { LeafSet } from "../../lib/swarm/leaf_set.ts";
import { encodeMessage } from "../../lib/swarm/messages.ts";
import { seeded } from "./chance.ts";

/** Frames of a file that are kept: what a crowd sends at the same time. */
const FRAMES_MAX = 1024;

/** More than the leaves of any piece. */
const PIECES = 1 + Math.max(DATA_LEAVES_MAX, LAN_DATA_LEAVES_MAX);

/** How leaves are judged. */
export type Hashing = "real" | "tagged";

/** A media file at the origin. */
export class SimulatedFile {
  readonly leaves: number;
  /** 64 hex digits. */
  readonly key: string;
  /** Leaves that the origin was asked for at least once. */
  readonly asked: LeafSet;
  readonly #bytes: Uint8Array | undefined;
  /** The latest frames that were made, by what is in them. */
  readonly #frames = new Map<number, Uint8Array>();
  readonly #layer: Uint8Array;

  /**
   * @param url its address
   * @param length bytes
   * @param chunkLeaves leaves a chunk
   * @param seed what its bytes follow from
   */
  constructor(
    readonly url: string,
    readonly length: number,
    readonly chunkLeaves: number,
    readonly hashing: Hashing,
    seed: number,
  ) {
    this.leaves = leafCount(length);
    this.asked = new LeafSet(this.leaves);
    if (hashing === "real") {
      this.#bytes = randomBytes(length, seed);
      const builder = new LeafLayerBuilder();
      builder.write(this.#bytes);
      const { layer, root } = builder.finish();
      this.#layer = layer;
      this.key = root.toHex();
    } else {
      this.#layer = new Uint8Array(this.leaves * 32).fill(1);
      this.key = seed.toString(16).padStart(64, "0");
    }
  }

  /** How a listener opens it. */
  get spec(): ContentSpec {
    const { key, length, url, chunkLeaves } = this;
    const trust = this.hashing === "real" ? "root" : "provisional";
    const station = new URL("playlist.rss", url).href;
    return { key, length, url, chunkLeaves, trust, station };
  }

  /** A copy of the bytes from `start` to `end`. */
  read(start: number, end: number): Uint8Array {
    const stop = Math.min(end, this.length);
    if (this.#bytes !== undefined) return this.#bytes.slice(start, stop);
    const bytes = new Uint8Array(stop - start);
    for (let at = 0; at < bytes.length; at += LEAF_BYTES) {
      tag(bytes.subarray(at, at + LEAF_BYTES), (start + at) / LEAF_BYTES);
    }
    return bytes;
  }

  /**
   * A `data` message of whole leaves. Everyone sends the same, so it is made once:
   * nobody may write to it.
   */
  frame(channel: number, from: number, until: number): Uint8Array {
    const key = (channel * this.leaves + from) * PIECES + until - from;
    let frame = this.#frames.get(key);
    if (frame === undefined) {
      const bytes = this.read(from * LEAF_BYTES, until * LEAF_BYTES);
      frame = encodeMessage({ type: "data", channel, from, bytes });
      if (this.#frames.size >= FRAMES_MAX) {
        const [oldest = 0] = this.#frames.keys();
        this.#frames.delete(oldest);
      }
      this.#frames.set(key, frame);
    }
    return frame;
  }

  /** Nobody is about to send it any more. */
  dropFrames(): void {
    this.#frames.clear();
  }

  /** Whether bytes are those from `start` on; where leaves are tagged, whether their tags are. */
  isTrue(bytes: Uint8Array, start: number): boolean {
    if (this.#bytes === undefined) {
      for (let at = 0; at < bytes.length; at += LEAF_BYTES) {
        const leaf = bytes.subarray(at, at + LEAF_BYTES);
        if (!isTagged(leaf, (start + at) / LEAF_BYTES)) return false;
      }
      return true;
    }
    for (let i = 0; i < bytes.length; i++) {
      if (bytes[i] !== this.#bytes[start + i]) return false;
    }
    return true;
  }

  /** Gives a content its leaf hashes, as a gateway or a `.tree` file does. */
  giveHashes(content: Content): void {
    content.hashes?.addRun(0, this.#layer);
    if (this.hashing !== "tagged" || content.hashes === undefined) return;
    content.hashes.verifyLeaf = (leaf, bytes) => isTagged(bytes, leaf);
  }
}

function randomBytes(length: number, seed: number): Uint8Array {
  const random = seeded(seed);
  const words = new Uint32Array(Math.ceil(length / 4));
  for (let i = 0; i < words.length; i++) words[i] = random() * 2 ** 32;
  return new Uint8Array(words.buffer, 0, length);
}

/** A leaf's number in its first bytes; liars alter a byte of these. */
function tag(leaf: Uint8Array, number: number): void {
  leaf[0] = number;
  leaf[1] = number >>> 8;
  leaf[2] = number >>> 16;
  leaf[3] = 0xa1;
}

function isTagged(leaf: Uint8Array, number: number): boolean {
  return leaf[0] === (number & 255) && leaf[1] === (number >>> 8 & 255) &&
    leaf[2] === (number >>> 16 & 255) && leaf[3] === 0xa1;
}
