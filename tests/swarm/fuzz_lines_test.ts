/**
 * The lines of a listener under load, up and down, in whatever order things
 * happen: what many ask of one that holds all, and what one asks of few that
 * answer fast. The general fuzzing (`fuzz_test.ts`) does everything a little and
 * comes to no limit; here there is one file and hardly anything but asking.
 */
import { assert } from "@std/assert";
import fc from "fast-check";
import { LEAF_BYTES } from "../../lib/hashtree/geometry.ts";
import { REQUESTS_PER_LINK_MAX, UPLOAD_QUEUE_MAX } from "../../lib/limits.ts";
import type { Action } from "../../lib/swarm/actions.ts";
import type { Content } from "../../lib/swarm/content.ts";
import { SwarmEngine } from "../../lib/swarm/engine.ts";
import {
  decodeMessage,
  encodeMessage,
  type PeerMessage,
} from "../../lib/swarm/messages.ts";
import { seeded } from "../simulation/chance.ts";
import { Budgets } from "./budgets.ts";
import { assertInvariants, assertTimers } from "./invariants.ts";
import { idOf, leavesOf, sample, specOf, START_MS } from "./support.ts";

/** How many runs; the variable sets more. */
const RUNS = Math.ceil(Number(Deno.env.get("ALLUVIUM_FUZZ_RUNS") ?? 150) / 3);

const LEAVES = 400;
const FILE = sample(LEAVES);

/** An engine with one file and some links, whose shell is the test. */
class Line {
  readonly engine: SwarmEngine;
  readonly content: Content;
  readonly budgets: Budgets;
  nowMs = START_MS;
  /** Links that are up, by number; whether they are on this network. */
  readonly links = new Map<number, boolean>();
  /** Leaves asked of each link and not had yet, by what was said alone. */
  readonly owed = new Map<number, Set<number>>();
  /** Pieces of each link on their way, in bytes. */
  readonly sending = new Map<number, number[]>();
  #lastLink = 0;

  constructor(seed: number, limit: number) {
    this.engine = new SwarmEngine({
      id: idOf(0xfff),
      port: 7160,
      uploadBytesPerSecond: limit,
      share: true,
      random: seeded(seed),
    });
    this.budgets = new Budgets(limit);
    this.content = this.engine.open(specOf(FILE), this.nowMs);
    this.content.hashes?.addRun(0, FILE.layer);
    this.content.bulk = true;
    this.content.gateway = "ready";
  }

  /** A link by any number; undefined if none is up. */
  link(number: number): number | undefined {
    return [...this.links.keys()][number % Math.max(1, this.links.size)];
  }

  up(lan: boolean, holdsAll: boolean): void {
    const link = ++this.#lastLink;
    this.links.set(link, lan);
    this.owed.set(link, new Set());
    this.sending.set(link, []);
    this.budgets.linked(link, lan);
    const side = { outgoing: true, lan };
    this.engine.handleLinkOpen(link, side, this.nowMs);
    const capacity = 1e7;
    this.say(link, {
      ...{ type: "hello", version: 1, id: idOf(link), port: 7160, capacity },
    });
    const { root: key, bytes: { length } } = FILE;
    this.say(link, { type: "open", channel: 0, key, length });
    const ranges = holdsAll ? [{ from: 0, until: LEAVES }] : [];
    this.say(link, { type: "have", channel: 0, queueBytes: 0, ranges });
  }

  down(link: number): void {
    this.engine.handleLinkClosed(link, this.nowMs);
    this.#forget(link);
  }

  say(link: number, message: PeerMessage): void {
    this.engine.handleFrame(link, encodeMessage(message), this.nowMs);
  }

  /** Lets the engine think until it waits, and looks at everything. */
  settle(): void {
    const { engine, budgets } = this;
    for (let polls = 0;; polls++) {
      assert(polls < 5, "the engine turns on the spot");
      for (const action of engine.poll(this.nowMs)) this.#take(action);
      if (engine.pollTimeout(this.nowMs) > this.nowMs) break;
    }
    assertInvariants(engine, new Set());
    assertTimers(engine, this.nowMs);
    budgets.checkUploads(engine, this.nowMs);
    for (const leaves of this.owed.values()) {
      assert(leaves.size <= REQUESTS_PER_LINK_MAX, `${leaves.size} requests`);
    }
  }

  /** Time passes as a shell lets it: the engine is woken when it asked to be. */
  pass(ms: number): void {
    const endMs = this.nowMs + ms;
    for (;;) {
      const nextMs = this.engine.pollTimeout(this.nowMs);
      if (nextMs > endMs) break;
      this.nowMs = Math.max(this.nowMs, nextMs);
      this.settle();
    }
    this.nowMs = endMs;
  }

  #take(action: Action): void {
    switch (action.type) {
      case "upload": {
        const { link, from, until } = action;
        const bytes = (until - from) * LEAF_BYTES;
        this.sending.get(link)!.push(bytes);
        return this.budgets.upload(link, bytes, this.nowMs);
      }
      case "close":
        return this.#forget(action.link);
      case "send": {
        const message = decodeMessage(action.frame);
        const leaves = this.owed.get(action.link);
        if (leaves === undefined) return;
        if (message?.type === "request") leaves.add(message.from);
        if (message?.type === "cancel") leaves.delete(message.from);
        return;
      }
      case "fetch":
        this.engine.handleFetchEnd(action.fetch, this.nowMs);
    }
  }

  #forget(link: number): void {
    this.links.delete(link);
    this.owed.delete(link);
    this.sending.delete(link);
    this.budgets.gone(link);
  }
}

/** One thing that may happen on a link, with two numbers to say how. */
type Happening = (line: Line, link: number, a: number, b: number) => void;

/** What those do who want something of us. */
const ASKING: Record<string, Happening> = {
  ask(line, link, a, b) {
    const from = (a * 7) % LEAVES;
    const count = Math.min(1 + b % 64, LEAVES - from);
    const deadlineMs = (a * b) % 20_000;
    const run = { channel: 0, from, count, deadlineMs };
    line.say(link, { type: "request", ...run });
  },
  /** More than there is room for. */
  flood(line, link, a) {
    for (let i = 0; i < UPLOAD_QUEUE_MAX + 6; i++) {
      const run = { channel: 0, from: (a + i) % LEAVES, count: 1 };
      line.say(link, { type: "request", ...run, deadlineMs: 10_000 });
    }
  },
  cancel(line, link, a, b) {
    const from = (a * 7) % LEAVES;
    const count = Math.min(1 + b % 64, LEAVES - from);
    line.say(link, { type: "cancel", channel: 0, from, count });
  },
  sent(line, link, _, b) {
    const bytes = line.sending.get(link)!.shift();
    if (bytes === undefined) return;
    line.budgets.sent(link);
    line.engine.handleSent(link, b % 9 === 0 ? 0 : bytes);
  },
  /** All that is on its way to it arrives at once. */
  drained(line, link) {
    while (line.sending.get(link)?.length) ASKING.sent!(line, link, 0, 1);
  },
  time(line, _, a) {
    line.pass(a);
  },
  idle(line, _, a) {
    line.pass(1_000 + a * 20);
  },
  down(line, link, a) {
    if (a % 3 === 0) line.down(link);
    if (line.links.size < 6) line.up(a % 2 === 0, false);
  },
};

/** What those do of whom we want something. */
const GIVING: Record<string, Happening> = {
  /** Some of what is owed comes, after no time or a little. */
  give(line, link, a, b) {
    for (const leaf of [...line.owed.get(link)!].slice(0, 1 + a % 100)) {
      line.owed.get(link)?.delete(leaf);
      const bytes = leavesOf(FILE, leaf, leaf + 1);
      line.say(link, { type: "data", channel: 0, from: leaf, bytes });
      if (b % 4 === 0) line.nowMs++;
    }
  },
  refuse(line, link, a) {
    const [leaf] = line.owed.get(link)!;
    if (leaf === undefined || a % 4 > 0) return;
    line.owed.get(link)!.delete(leaf);
    line.say(link, { type: "refuse", channel: 0, from: leaf, count: 1 });
  },
  time(line, _, a) {
    line.pass(a);
  },
  idle(line, _, a) {
    line.pass(1_000 + a * 20);
  },
  /** Nobody wants it any more, or somebody does again. */
  want({ content }, _, a) {
    content.bulk = a % 3 > 0;
  },
  down(line, link, a) {
    if (a % 3 === 0) line.down(link);
    if (line.links.size < 4) line.up(a % 2 === 0, true);
  },
};

/** Steps of some kinds, the first ones more often. */
function steps(kinds: Record<string, Happening>, often: string[]) {
  const number = fc.nat({ max: 255 });
  const kind = fc.constantFrom(...Object.keys(kinds), ...often);
  return fc.array(fc.tuple(kind, number, number, number), {
    minLength: 20,
    maxLength: 120,
  });
}

Deno.test("whoever asks, an uplink keeps to its limits, and nobody waits for what may leave", () => {
  const setting = fc.record({
    seed: fc.nat(),
    limit: fc.constantFrom(Infinity, 1_000_000, 100_000, 0),
    lan: fc.array(fc.boolean(), { minLength: 1, maxLength: 6 }),
  });
  const often = ["ask", "ask", "sent", "sent", "sent", "drained", "time"];
  fc.assert(
    fc.property(setting, steps(ASKING, often), ({ seed, limit, lan }, all) => {
      const line = new Line(seed, limit);
      line.engine.addHeld(line.content, 0, LEAVES, line.nowMs);
      for (const near of lan) line.up(near, false);
      line.settle();
      for (const [kind, which, a, b] of all) {
        const link = line.link(which);
        if (link !== undefined) ASKING[kind]!(line, link, a, b);
        line.settle();
      }
    }),
    { numRuns: RUNS },
  );
});

Deno.test("however fast peers answer, none is asked for more than its limit, and nothing owed is forgotten", () => {
  const often = ["give", "give", "give", "time"];
  fc.assert(
    fc.property(fc.nat(), steps(GIVING, often), (seed, all) => {
      const line = new Line(seed, Infinity);
      for (const near of [true, false]) line.up(near, true);
      line.settle();
      for (const [kind, which, a, b] of all) {
        const link = line.link(which);
        if (link !== undefined) GIVING[kind]!(line, link, a, b);
        line.settle();
      }
    }),
    { numRuns: RUNS },
  );
});
