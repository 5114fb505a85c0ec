/**
 * One content as the gateway knows it, and how far it is:
 *
 * ```text
 * arriving ──▶ whole      the last byte came, the root is known
 *     └──────▶ gone       the origin failed, or the gateway closed
 * ```
 *
 * While it arrives it goes by a provisional id and its leaf hashes grow; once
 * whole it goes by its root and keeps its tree in memory. Where its bytes lie
 * is not known here (`kept_files.ts`), nor who takes part (`hub.ts`).
 *
 * @module
 */
import { createHash } from "node:crypto";
import type { AlluviumError } from "../errors.ts";
import {
  alignRun,
  clipRun,
  HASH_BYTES,
  type HashTree,
  LEAF_BYTES,
  leafCount,
  type LeafLayerBuilder,
  toHex,
  treeWidth,
} from "../hashtree/mod.ts";
import { GATEWAY_RUN_LEAVES_MAX } from "../limits.ts";
import type { Draft } from "./kept_files.ts";
import { LeaseBook } from "./lease_book.ts";
import type { FileFacts } from "./media_origin.ts";
import type { HashRun } from "./messages.ts";

/** How far a content is. */
export type ContentState =
  | {
    kind: "arriving";
    builder: LeafLayerBuilder;
    /** Absent when its bytes are not kept. */
    draft: Draft | undefined;
  }
  | { kind: "whole"; tree: HashTree; sha256: string | undefined }
  | { kind: "gone"; error: AlluviumError };

/** A content in memory. */
export class GatewayContent {
  /** 64 hex digits: the root, or a provisional id while it arrives. */
  key: string;
  /** The id it went by while it arrived. */
  readonly provisionalKey: string | undefined;
  /** Bytes. */
  readonly length: number;
  /** Leaves of the file. */
  readonly leaves: number;
  /** Clients that take part. */
  users = 0;
  /** The network whose clients brought it here; undefined: a near one, or nobody. */
  broughtBy: string | undefined;
  #state: ContentState;
  #book: LeaseBook | undefined;
  readonly #watchers = new Set<() => void>();

  private constructor(key: string, length: number, state: ContentState) {
    this.key = key;
    this.provisionalKey = state.kind === "arriving" ? key : undefined;
    this.length = length;
    this.leaves = leafCount(length);
    this.#state = state;
  }

  /** A content that begins to arrive. */
  static arriving(
    key: string,
    length: number,
    builder: LeafLayerBuilder,
    draft: Draft | undefined,
  ): GatewayContent {
    return new GatewayContent(key, length, {
      kind: "arriving",
      builder,
      draft,
    });
  }

  /** A content whose tree is known. */
  static whole(tree: HashTree, sha256?: string): GatewayContent {
    const key = toHex(tree.root);
    return new GatewayContent(key, tree.length, {
      kind: "whole",
      tree,
      sha256,
    });
  }

  /** How far it is. */
  get state(): ContentState {
    return this.#state;
  }

  /** Whether its root is not known yet. */
  get provisional(): boolean {
    return this.#state.kind === "arriving";
  }

  /** Leaves from the first on whose hashes are known; while bytes are kept, they are there too. */
  get available(): number {
    const state = this.#state;
    if (state.kind === "arriving") return state.builder.leaves;
    return state.kind === "whole" ? this.leaves : 0;
  }

  /**
   * The book of leases. The first client's chunk size holds for all; they
   * compute it alike from the playlist.
   */
  book(chunk: number): LeaseBook {
    return this.#book ??= new LeaseBook(this.leaves, chunk);
  }

  /** Calls back at every step on the way and at its end, until the returned function is called. */
  watch(callback: () => void): () => void {
    this.#watchers.add(callback);
    return () => void this.#watchers.delete(callback);
  }

  /** More of it has arrived. */
  progress(): void {
    for (const callback of [...this.#watchers]) callback();
  }

  /** It is whole. */
  complete(tree: HashTree, sha256: string): void {
    this.key = toHex(tree.root);
    this.#state = { kind: "whole", tree, sha256 };
    this.progress();
  }

  /** It is no more. */
  fail(error: AlluviumError): void {
    this.#state = { kind: "gone", error };
    this.progress();
  }

  /**
   * The hashes around a leaf: the aligned run of GATEWAY_RUN_LEAVES_MAX with its
   * proof, or while it arrives the hashes from that leaf on.
   *
   * @returns undefined where none is known yet
   */
  runAt(leaf: number): HashRun | undefined {
    if (leaf >= this.leaves) return undefined;
    if (this.provisional) {
      return this.arrivedRun(leaf, leaf + GATEWAY_RUN_LEAVES_MAX);
    }
    const size = Math.min(GATEWAY_RUN_LEAVES_MAX, treeWidth(this.leaves));
    return this.provenRun(leaf, 1, size);
  }

  /** Hashes without proof, of leaves that have arrived. */
  arrivedRun(from: number, until: number): HashRun | undefined {
    const state = this.#state;
    if (state.kind === "gone") return undefined;
    const leaves = state.kind === "arriving"
      ? state.builder.hashes(from, until)
      : state.tree.layer.subarray(from * HASH_BYTES, until * HASH_BYTES);
    return leaves.length === 0 ? undefined : { from, leaves: base64(leaves) };
  }

  /**
   * The smallest aligned run that holds some leaves, with its proof.
   *
   * @param sizeMin leaves of the run at least, a power of two within the tree
   * @returns undefined unless the content is whole and has these leaves
   */
  provenRun(from: number, count: number, sizeMin = 1): HashRun | undefined {
    const state = this.#state;
    if (state.kind !== "whole" || from + count > this.leaves) return undefined;
    let run = alignRun(from, count);
    if (run.count < sizeMin) {
      run = { from: from - from % sizeMin, count: sizeMin };
    }
    const there = clipRun(run, this.leaves);
    const start = there.from * HASH_BYTES;
    const end = start + there.count * HASH_BYTES;
    return {
      from: run.from,
      leaves: base64(state.tree.layer.subarray(start, end)),
      uncles: base64(state.tree.prove(run.from, run.count)),
    };
  }

  /** Bytes from the start that are there and hashed, if they are kept while arriving. */
  get arrivedBytes(): number {
    const state = this.#state;
    if (state.kind !== "arriving") return 0;
    return state.builder.leaves * LEAF_BYTES;
  }
}

/** What a content takes besides its tree, about. */
const CONTENT_BYTES = 4096;

/** Bytes of memory that a content of `length` bytes takes: two hashes a leaf, and what is around them. */
export function memoryOf(length: number): number {
  return leafCount(length) * 2 * HASH_BYTES + CONTENT_BYTES;
}

/**
 * The id of a content whose root is not known: the same for the same version of
 * the same URL, so that a client that comes back finds what it left.
 *
 * @param nonce stands for the version where the origin names none
 */
export function provisionalKey(
  url: string,
  facts: FileFacts,
  nonce: string,
): string {
  const version = facts.etag ?? facts.lastModified ?? nonce;
  return createHash("sha256")
    .update(["alluvium provisional", url, version, facts.length].join("\n"))
    .digest("hex");
}

function base64(bytes: Uint8Array): string {
  return bytes.toBase64();
}
