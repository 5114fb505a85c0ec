/**
 * The contents this program has open, and their life: from the cache, through
 * the hashes that prove what the cache claims, to the day nobody plays them any
 * more and they make room for others.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import type { Clock } from "../clock.ts";
import { LEAF_BYTES } from "../hashtree/geometry.ts";
import { CONTENTS_SHARED_MAX } from "../limits.ts";
import type { Content, ContentSpec } from "../swarm/content.ts";
import type { SwarmEngine } from "../swarm/engine.ts";
import { type LeafRange, LeafSet } from "../swarm/leaf_set.ts";
import type { ChunkStore } from "./chunk_store.ts";
import { Holding } from "./holding.ts";
import type { FileRequest } from "./opening.ts";

/** Leaves of the cache read and hashed at a time: 256 KiB. */
const CHECK_LEAVES = 16;

const NOTHING = Buffer.alloc(CHECK_LEAVES * LEAF_BYTES);

/** The table. */
export class Holdings {
  readonly #byContent = new Map<Content, Holding>();
  /** The end of what is being let go of. */
  #released: Promise<unknown> = Promise.resolve();

  /**
   * @param engine decides for them
   * @param store keeps their bytes
   * @param wake the engine should think
   */
  constructor(
    readonly engine: SwarmEngine,
    readonly store: ChunkStore,
    readonly clock: Clock,
    readonly wake: () => void,
  ) {}

  /** All of them. */
  all(): Iterable<Holding> {
    return this.#byContent.values();
  }

  /** The holding of an engine's content. */
  of(content: Content): Holding | undefined {
    return this.#byContent.get(content);
  }

  /** The open holding that a request means: by its root, else by its URL. */
  find({ url, root, length }: FileRequest): Holding | undefined {
    for (const holding of this.all()) {
      if (holding.failure !== undefined) continue;
      const { content } = holding;
      const same = root === undefined || length === undefined
        ? holding.url === url
        : content.hashes !== undefined && content.keys.has(root) &&
          content.length === length;
      if (same) return holding;
    }
    return undefined;
  }

  /** An open holding is part of another station too. */
  enrol({ content }: Holding, { station }: FileRequest): void {
    if (station === undefined || content.hashes === undefined) return;
    const { key, length, url, chunkLeaves } = content;
    const spec = { key, length, url, chunkLeaves, trust: "root" } as const;
    this.engine.open({ ...spec, station }, this.clock.now());
  }

  /** Opens a content, with what the cache claims to have of it. */
  async hold(spec: ContentSpec): Promise<Holding> {
    const { stored, claimed } = spec.trust === "none"
      ? { stored: await this.store.temporary(spec.length), claimed: [] }
      : await this.store.content(spec.key, spec.length);
    const content = this.engine.open(spec, this.clock.now());
    const known = this.of(content);
    if (known !== undefined) return known;
    const holding = new Holding(content, stored, spec.url, {
      now: () => this.clock.now(),
      wake: this.wake,
      idle: () => {
        this.#released = Promise.all([this.#released, this.#releaseOldest()]);
      },
    });
    holding.claimed = claimed;
    content.unchecked = setOf(claimed, content.leaves);
    this.#byContent.set(content, holding);
    return holding;
  }

  /** Hashes what an earlier run left on disk, as far as its hashes are known. */
  checkClaims(holding: Holding): Promise<void> {
    // Whoever asks while that is under way waits for it, too.
    const checked = holding.checked.then(() => this.#checkClaims(holding));
    holding.checked = checked;
    return checked;
  }

  /** A provisional content has its root: the cache keeps it under that. */
  async rooted(holding: Holding, oldKey: string): Promise<void> {
    const { key, length } = holding.content;
    await this.store.rename(oldKey, key, length);
  }

  /** A holding goes on under another content. */
  switch(holding: Holding, content: Content): void {
    const old = holding.content;
    this.#byContent.delete(old);
    this.#byContent.set(content, holding);
    holding.switchTo(content);
    this.engine.close(old, this.clock.now());
  }

  /** Records what is held and closes all files. */
  async close(): Promise<void> {
    await this.#released;
    for (const { content } of this.all()) {
      const { key, length, held, hashes } = content;
      if (hashes !== undefined) await this.store.saveHave(key, length, held);
    }
    await this.store.close();
    for (const { stored } of this.all()) await stored.close();
  }

  async #checkClaims(holding: Holding): Promise<void> {
    const { content } = holding;
    const open: LeafRange[] = [];
    for (const { from, until } of holding.claimed.splice(0)) {
      for (let leaf = from; leaf < until; leaf += CHECK_LEAVES) {
        const part = {
          from: leaf,
          until: Math.min(leaf + CHECK_LEAVES, until),
        };
        const known = await this.#checkPart(holding, part);
        if (known) content.unchecked?.delete(part.from, part.until);
        else open.push(part);
      }
    }
    if (open.length === 0) content.unchecked = undefined;
    holding.claimed.push(...open);
    this.wake();
  }

  /** Hashes some leaves; false where their hashes are not known. */
  async #checkPart(
    holding: Holding,
    { from, until }: LeafRange,
  ): Promise<boolean> {
    const { content, stored } = holding;
    if (!content.knows(from, until)) return false;
    // A cache that cannot be read has nothing.
    const bytes = await stored
      .read(from * LEAF_BYTES, (until - from) * LEAF_BYTES)
      .catch(() => new Uint8Array());
    const isRight = (leaf: number) => {
      const at = (leaf - from) * LEAF_BYTES;
      const block = bytes.subarray(at, at + LEAF_BYTES);
      return content.hashes?.verifyLeaf(leaf, block) === true;
    };
    // A hole in a sparse file: one hash tells whether nothing is what belongs there.
    if (NOTHING.equals(bytes) && !isRight(from)) return true;
    for (let leaf = from; leaf < until; leaf++) {
      if (!isRight(leaf)) continue;
      this.engine.addHeld(content, leaf, leaf + 1, this.clock.now());
      holding.advance(leaf, leaf + 1);
    }
    return true;
  }

  /** What was played stays open for others, up to a number; what cannot be shared goes at once. */
  async #releaseOldest(): Promise<void> {
    const idle = [...this.all()].filter((holding) => holding.users === 0)
      .sort((a, b) => a.idleSinceMs - b.idleSinceMs);
    const useless = idle.filter(({ content, failure }) =>
      content.hashes === undefined || failure !== undefined
    );
    const over = idle.slice(0, Math.max(0, idle.length - CONTENTS_SHARED_MAX));
    for (const holding of new Set([...useless, ...over])) {
      await this.#release(holding);
    }
  }

  async #release(holding: Holding): Promise<void> {
    const { content, gateway, gatewayKey: key, stored } = holding;
    this.#byContent.delete(content);
    if (key !== undefined) gateway?.send({ t: "leave", key });
    this.engine.close(content, this.clock.now());
    if (content.hashes === undefined) return await stored.close();
    await this.store.saveHave(content.key, content.length, content.held);
    await this.store.release(content.key, content.length);
  }
}

/** Ranges as a set; undefined where there are none. */
function setOf(
  ranges: readonly LeafRange[],
  leaves: number,
): LeafSet | undefined {
  if (ranges.length === 0) return undefined;
  const set = new LeafSet(leaves);
  for (const { from, until } of ranges) set.add(from, until);
  return set;
}
