import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { LEAF_BYTES } from "../../lib/hashtree/geometry.ts";
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
import { assertInvariants, assertTimers, TICK_MS } from "./invariants.ts";
import {
  idOf,
  leavesOf,
  sample,
  type SampleFile,
  specOf,
  START_MS,
  URL_OF_FILE,
} from "./support.ts";

/** How many runs; the variable sets more. */
const RUNS = Number(Deno.env.get("ALLUVIUM_FUZZ_RUNS") ?? 150);

const FILES = [sample(9, 100, 1), sample(1, -7, 2), sample(40, 0, 3)];
const PROVISIONAL = "77".repeat(32);

/** A shell that records what it is told to do and does part of it. */
class Bench {
  readonly engine: SwarmEngine;
  nowMs = START_MS;
  readonly links = new Set<number>();
  /** Closed since the engine last thought: what it had to say to them is lost. */
  readonly closed = new Set<number>();
  readonly fetches = new Map<number, Action & { type: "fetch" }>();
  readonly uploads: (Action & { type: "upload" })[] = [];
  readonly dials: string[] = [];
  readonly probes: (Action & { type: "probe" })[] = [];
  readonly budgets: Budgets;
  lastLink = 0;

  constructor(seed: number, share: boolean, limit: number) {
    this.engine = new SwarmEngine({
      id: idOf(0xfff),
      port: 7160,
      uploadBytesPerSecond: limit,
      share,
      random: seeded(seed),
    });
    this.budgets = new Budgets(limit);
  }

  /** A content that is open, by any number; undefined if none is. */
  content(number: number): Content | undefined {
    const { contents } = this.engine;
    return contents[number % Math.max(1, contents.length)];
  }

  link(number: number): number {
    return [...this.links][number % Math.max(1, this.links.size)] ?? 0;
  }

  linkOf(number: number) {
    const link = this.link(number);
    return this.engine.links.find(({ id }) => id === link);
  }

  /** A run on one of a link's channels: within its file, but for one time in sixteen. */
  runOf(link: number, a: number, b: number, c: number) {
    const channel = a % 4;
    const content = this.linkOf(link)?.remote.get(channel)?.content;
    const leaves = c === 0 ? 1000 : content?.leaves ?? 1;
    const from = b % leaves;
    return { channel, from, count: Math.min(1 + c % 8, leaves - from) };
  }

  fileOf(content: Content): SampleFile {
    return FILES.find(({ bytes }) => bytes.length === content.length)!;
  }

  say(link: number, message: Parameters<typeof encodeMessage>[0]): void {
    this.engine.handleFrame(link, encodeMessage(message), this.nowMs);
  }

  poll(): Action[] {
    this.budgets.beforePoll(this.engine, this.nowMs);
    const actions = this.engine.poll(this.nowMs);
    for (const action of actions) this.#take(action);
    this.closed.clear();
    this.budgets.checkFetches(this.fetches.values());
    return actions;
  }

  #sent(number: number, message: PeerMessage | undefined): void {
    assert(message !== undefined);
    const link = this.engine.links.find(({ id }) => id === number);
    if (message.type === "request" && link !== undefined) {
      this.budgets.checkAsked(link, this.nowMs);
    }
  }

  #take(action: Action): void {
    switch (action.type) {
      case "send":
        assert(
          this.links.has(action.link) || this.closed.has(action.link),
          "nothing is sent on a closed link",
        );
        this.#sent(action.link, decodeMessage(action.frame));
        return;
      case "upload": {
        const { link, content, from, until } = action;
        assert(this.links.has(link));
        assert(content.held.hasAll(from, until), "only what is held is sent");
        this.uploads.push(action);
        this.budgets.upload(link, content.bytesOf(from, until), this.nowMs);
        return;
      }
      case "close":
        this.links.delete(action.link);
        this.budgets.gone(action.link);
        return;
      case "probe":
        this.probes.push(action);
        return;
      case "dial":
        this.dials.push(action.peer.id);
        return;
      case "store": {
        const { content, from, bytes } = action;
        const until = from + Math.ceil(bytes.length / LEAF_BYTES);
        const truth = leavesOf(this.fileOf(content), from, until);
        assertEquals(bytes.length, truth.length);
        assert(bytes.every((byte, i) => byte === truth[i]), "a lie was stored");
        return;
      }
      case "fetch":
        this.fetches.set(action.fetch, action);
        return;
      case "abort":
        this.fetches.delete(action.fetch);
    }
  }
}

/** One thing that may happen, with four numbers to say which and how. */
type Happening = (
  bench: Bench,
  a: number,
  b: number,
  c: number,
  d: number,
) => void;

const hostOf = (n: number) => `11.0.${n % 9}.1`;
const placeOf = (n: number) => ({ id: idOf(n), host: hostOf(n), port: 7160 });

/** Bytes of a file, as they are or with one altered. */
function bytesOf(
  bench: Bench,
  content: Content | undefined,
  [from, count]: [number, number],
  lie: boolean,
): Uint8Array {
  if (content === undefined) return new Uint8Array(count * 100);
  const bytes = leavesOf(bench.fileOf(content), from, from + count);
  if (lie && bytes.length > 0) bytes[bytes.length >> 1]! ^= 1;
  return bytes;
}

const HAPPENINGS: Record<string, Happening> = {
  open(bench, a, b, c) {
    const file = FILES[a % FILES.length]!;
    const spec = [
      specOf(file),
      specOf(file, { key: PROVISIONAL, trust: "provisional" }),
      specOf(file, { key: "12".repeat(32), trust: "none" }),
    ][b % 3]!;
    const chunkLeaves = [1, 2, 4][c % 3]!;
    const known = bench.engine.content(spec.key);
    if (known !== undefined && known.length !== spec.length) return;
    const station = ["", "a", "b"][(a + b) % 3]!;
    const part = station === "" ? {} : { station };
    bench.engine.open({ ...spec, chunkLeaves, ...part }, bench.nowMs);
  },
  hashes(bench, a, b) {
    const content = bench.content(a);
    if (content === undefined) return;
    const { layer } = bench.fileOf(content);
    const part = b % 2 === 0 ? layer : layer.subarray(0, 32 * (b % 9));
    content.hashes?.addRun(0, part);
  },
  want(bench, a, b, c) {
    const content = bench.content(a);
    if (content === undefined) return;
    content.bulk = b % 3 === 0;
    const offset = c % content.length;
    content.playhead = b % 3 === 1
      ? { offset, atMs: bench.nowMs + c, bytesPerSecond: LEAF_BYTES * (1 + b) }
      : undefined;
    content.gateway = (["ready", "pending", "none"] as const)[c % 3]!;
  },
  demand(bench, a, b, c, d) {
    const from = b % 45;
    if (d % 3 === 0) bench.content(a)?.endDemand(from, from + c % 5);
    else bench.content(a)?.demand(from, from + c % 5, bench.nowMs);
  },
  rebind(bench, a) {
    const content = bench.content(a);
    if (content?.hashes === undefined) return;
    const { root } = bench.fileOf(content);
    const bound = bench.engine.rebind(content, root);
    if (bound) assertEquals(content.hashes.root?.toHex(), root);
  },
  close(bench, a, b) {
    const content = bench.content(a);
    if (content !== undefined && b % 4 === 0) {
      bench.engine.close(content, bench.nowMs);
    }
  },
  addHeld(bench, a, b, c) {
    const content = bench.content(a);
    if (content === undefined) return;
    const from = b % content.leaves;
    bench.engine.addHeld(content, from, from + 1 + c % 4, bench.nowMs);
  },
  linkUp(bench, a, b) {
    const link = ++bench.lastLink;
    bench.links.add(link);
    bench.budgets.linked(link, b % 3 === 0);
    const side = {
      outgoing: a % 2 === 0,
      lan: b % 3 === 0,
      host: hostOf(b),
      ...(a % 4 === 0 ? { dialled: placeOf(1 + b % 6) } : {}),
    };
    bench.engine.handleLinkOpen(link, side, bench.nowMs);
  },
  linkDown(bench, a) {
    const link = bench.link(a);
    bench.links.delete(link);
    bench.closed.add(link);
    bench.budgets.gone(link);
    bench.engine.handleLinkClosed(link, bench.nowMs);
  },
  /** A peer comes and does what peers do first. */
  newPeer(bench, a, b, c, d) {
    HAPPENINGS.linkUp!(bench, a, b, 0, 0);
    const link = bench.links.size - 1;
    HAPPENINGS.hello!(bench, link, b, c, d);
    HAPPENINGS.remoteOpen!(bench, link, 0, 0, 1);
    HAPPENINGS.remoteOpen!(bench, link, 2, 1, 1);
    HAPPENINGS.have!(bench, link, c, d % 9, c % 9);
  },
  hello(bench, a, b, c, d) {
    const id = idOf(1 + b % 6);
    if (bench.linkOf(a)?.open && d % 16 > 0) return;
    const capacity = [0, 1e5, 1e7][c % 3]!;
    const hello = { version: 1, id, port: 7160, capacity };
    bench.say(bench.link(a), { type: "hello", ...hello });
  },
  remoteOpen(bench, a, b, c, d) {
    const file = FILES[b % FILES.length]!;
    const key = d % 3 === 0 ? PROVISIONAL : file.root;
    const { length } = file.bytes;
    const channel = c % 4;
    if (bench.linkOf(a)?.remote.has(channel) && d % 16 > 0) return;
    bench.say(bench.link(a), { type: "open", channel, key, length });
  },
  remoteClose(bench, a, b) {
    bench.say(bench.link(a), { type: "close", channel: b % 4 });
  },
  have(bench, a, b, c, d) {
    const { channel, from, count } = bench.runOf(a, b, c, d);
    const ranges = [{ from, until: from + count }];
    const have = { channel, queueBytes: d * 1000, ranges };
    bench.say(bench.link(a), { type: "have", ...have });
  },
  ask(bench, a, b, c, d) {
    const run = bench.runOf(a, b, c, d % 16);
    const deadlineMs = d * 100;
    bench.say(bench.link(a), { type: "request", ...run, deadlineMs });
  },
  /** Somebody asks for what is there. */
  askHeld(bench, a, b, c, d) {
    const link = bench.linkOf(a);
    for (const [channel, { content }] of link?.remote ?? []) {
      if (content === undefined || content.held.count === 0) continue;
      const from = content.held.nextSet(b % content.leaves);
      if (from === content.leaves) continue;
      const request = { channel, from, count: 1, deadlineMs: 100 * (c + d) };
      bench.say(link!.id, { type: "request", ...request });
    }
  },
  cancel(bench, a, b, c, d) {
    const run = bench.runOf(a, b, c, d);
    const type = d % 2 === 0 ? "cancel" : "refuse";
    bench.say(bench.link(a), { type, ...run });
  },
  /** What was asked for comes, right or wrong. */
  answer(bench, a, b, c) {
    for (const content of bench.engine.contents) {
      const owed = [...content.requests.values()].filter(({ link }) =>
        link > 0
      );
      const request = owed[a % Math.max(1, owed.length)];
      if (request === undefined) continue;
      const { from, until, link } = request;
      const remote = bench.engine.links.find(({ id }) => id === link)?.remote;
      const channel = [...remote ?? []]
        .find(([, { content: named }]) => named === content)?.[0];
      if (channel === undefined) continue;
      const count = b % 3 === 0 ? 1 : until - from;
      const bytes = bytesOf(bench, content, [from, count], c % 7 === 0);
      bench.say(link, { type: "data", channel, from, bytes });
    }
  },
  /** What one owes is here, from another or from the disk. */
  overtaken(bench, a, b, c) {
    for (const content of bench.engine.contents) {
      const owed = [...content.requests.values()];
      const request = owed[a % Math.max(1, owed.length)];
      if (request === undefined) continue;
      const { from, until } = request;
      const link = bench.linkOf(b);
      const channel = [...link?.remote ?? []]
        .find(([, { content: named }]) => named === content)?.[0];
      if (c % 2 === 0) {
        bench.engine.addHeld(content, from, until, bench.nowMs);
      } else if (channel !== undefined) {
        const bytes = bytesOf(bench, content, [from, until - from], false);
        bench.say(link!.id, { type: "data", channel, from, bytes });
      }
    }
  },
  /** What was not asked for comes. */
  data(bench, a, b, c, d) {
    const run: [number, number] = [c % 42, d % 4];
    const bytes = bytesOf(bench, bench.content(b), run, d % 3 === 0);
    const data = { channel: b % 4, from: run[0], bytes };
    bench.say(bench.link(a), { type: "data", ...data });
  },
  noise(bench, a, b, c, d) {
    const frame = new Uint8Array([b % 12, c % 256, d % 256, a % 256]);
    const link = bench.link(a);
    bench.engine.handleFrame(link, frame.subarray(0, d % 5), bench.nowMs);
  },
  lease(bench, a, b, c) {
    const content = bench.content(a);
    if (content === undefined) return;
    const from = b % 42 - 1;
    const source = c % 2 === 0 ? URL_OF_FILE : "https://mirror.example/x";
    const lease = { from, until: from + c % 9, source };
    bench.engine.handleLease(content, lease);
  },
  wait(bench, a, b) {
    const content = bench.content(a);
    if (content === undefined) return;
    bench.engine.handleWait(content, bench.nowMs + b * 10);
  },
  peers(bench, a, b) {
    const content = bench.content(a);
    if (content === undefined) return;
    const peer = placeOf(1 + b % 6);
    bench.engine.addPeers(content, [peer], bench.nowMs);
    if (b % 5 === 0) bench.engine.dropPeers(content, [peer.id]);
  },
  /** A peer tells of others. */
  told(bench, a, b, c, d) {
    const add = Array.from(
      { length: c % 5 },
      (_, i) => placeOf(1 + (b + i) % 9),
    );
    const drop = Array.from({ length: d % 3 }, (_, i) => idOf(1 + (c + i) % 9));
    bench.say(bench.link(a), { type: "peers", channel: b % 4, add, drop });
  },
  /** A peer says who is there. */
  rollCall(bench, a, b, c, d) {
    const entries = Array.from({ length: c % 5 }, (_, i) => ({
      id: idOf(1 + (b + i) % 90),
      ageSeconds: d % 400,
    }));
    bench.say(bench.link(a), { type: "roll", channel: b % 4, entries });
  },
  probed(bench, a) {
    const probe = bench.probes.shift();
    if (probe === undefined || a % 3 === 0) return;
    bench.engine.handleProbed(probe.link, probe.peer, bench.nowMs);
  },
  dialFailed(bench) {
    const id = bench.dials.shift();
    if (id !== undefined) bench.engine.handleDialFailed(id, bench.nowMs);
  },
  fetched(bench, a, b, c) {
    const all = [...bench.fetches.values()];
    const fetch = all[a % Math.max(1, all.length)];
    if (fetch === undefined) return;
    const { fetch: id, content, from, until } = fetch;
    const whole = b % 4 === 0 && content.url === fetch.source;
    if (b % 2 === 0) {
      const offset = whole ? 0 : from * LEAF_BYTES;
      bench.engine.handleFetchStarted(id, offset);
    }
    const first = whole ? 0 : from;
    const run: [number, number] = [first, until - first];
    // A fetch brings its bytes once and in order: what follows is made up.
    const bytes = bytesOf(bench, content, run, c % 5 === 0);
    if (content.hashes !== undefined) {
      bench.engine.handleFetchData(id, bytes, bench.nowMs);
    }
    if (c % 2 === 0) {
      bench.fetches.delete(id);
      bench.engine.handleFetchEnd(id, bench.nowMs);
    }
  },
  sent(bench, a, b) {
    const [upload] = bench.uploads.splice(a % 3, 1);
    if (upload === undefined) return;
    const { content, from, until, link } = upload;
    const bytes = b % 5 === 0 ? 0 : content.bytesOf(from, until);
    bench.budgets.sent(link);
    bench.engine.handleSent(link, bytes);
  },
  time(bench, a, b) {
    pass(bench, bench.nowMs + (b % 4 === 0 ? a * 20 : a));
  },
};

const NAMES = Object.keys(HAPPENINGS);
const step = fc.tuple(
  fc.constantFrom(
    ...NAMES,
    ...["answer", "answer", "have", "time", "newPeer", "askHeld", "sent"],
  ),
  fc.nat({ max: 255 }),
  fc.nat({ max: 255 }),
  fc.nat({ max: 255 }),
  fc.nat({ max: 255 }),
);

/** A start from which most things can happen. */
const PROLOGUE: [string, number, number, number, number][] = [
  ["open", 0, 0, 0, 0],
  ["hashes", 0, 0, 0, 0],
  ["open", 2, 0, 2, 0],
  ["hashes", 1, 0, 0, 0],
  ["want", 0, 0, 2, 0],
  ["want", 1, 1, 2, 0],
  ...[0, 1, 2].flatMap((n): [string, number, number, number, number][] => [
    ["linkUp", 1, 1, 0, 0],
    ["hello", n, n, 1, 0],
    ["remoteOpen", n, 0, 0, 1],
    ["remoteOpen", n, 2, 1, 1],
    ["have", n, 0, 0, 8],
    ["have", n, 1, n * 8, 8],
  ]),
];

/** Lets the engine think, once after every step, and never for nothing. */
function settle(bench: Bench): void {
  for (let polls = 0;; polls++) {
    assert(polls < 5, "the engine turns on the spot");
    bench.poll();
    assertInvariants(bench.engine, new Set(bench.fetches.keys()));
    if (bench.engine.pollTimeout(bench.nowMs) > bench.nowMs) break;
  }
  bench.budgets.checkUploads(bench.engine, bench.nowMs);
  assertTimers(bench.engine, bench.nowMs);
}

/** Time passes as a shell lets it: the engine is woken when it asked to be. */
function pass(bench: Bench, untilMs: number): void {
  settle(bench);
  for (;;) {
    const nextMs = bench.engine.pollTimeout(bench.nowMs);
    if (nextMs > untilMs) break;
    assertAsleep(bench, nextMs);
    bench.nowMs = Math.max(bench.nowMs, nextMs);
    settle(bench);
  }
  bench.nowMs = untilMs;
}

/** What has a time of its own does not happen before the time the engine asked to be woken at. */
function assertAsleep(bench: Bench, untilMs: number): void {
  bench.nowMs = Math.max(bench.nowMs, untilMs - 1);
  for (const action of bench.poll()) {
    const said = action.type === "send"
      ? decodeMessage(action.frame)?.type ?? "nothing"
      : action.type;
    const early = ["have", "peers", "dial", "upload", "close"].includes(said);
    assert(!early, `${said} came without a timer`);
  }
}

Deno.test("whatever happens in whatever order, the engine's invariants hold", () => {
  const setting = fc.record({
    seed: fc.nat(),
    share: fc.constantFrom(true, true, true, false),
    limit: fc.constantFrom(Infinity, 100_000, 0),
  });
  fc.assert(
    fc.property(
      setting,
      fc.array(step, { minLength: 20, maxLength: 120 }),
      ({ seed, share, limit }, steps) => {
        const bench = new Bench(seed, share, limit);
        for (const [name, ...numbers] of [...PROLOGUE, ...steps]) {
          HAPPENINGS[name]!(bench, ...numbers);
          settle(bench);
        }
        if (!share) assertEquals(bench.uploads, []);
      },
    ),
    { numRuns: RUNS },
  );
});

Deno.test("left alone, an engine wakes no oftener than its tick, and in the end all it waits for is given up", () => {
  fc.assert(
    fc.property(
      fc.nat(),
      fc.array(step, { minLength: 20, maxLength: 60 }),
      (seed, steps) => {
        const bench = new Bench(seed, true, 100_000);
        for (const [name, ...numbers] of [...PROLOGUE, ...steps]) {
          HAPPENINGS[name]!(bench, ...numbers);
        }
        settle(bench);
        const startMs = bench.nowMs;
        let wakes = 0;
        let nextMs = startMs;
        while (bench.nowMs < startMs + 60_000) {
          nextMs = bench.engine.pollTimeout(bench.nowMs);
          if (nextMs === Infinity) break;
          assert(nextMs > bench.nowMs);
          assertAsleep(bench, nextMs);
          bench.nowMs = nextMs;
          settle(bench);
          wakes++;
        }
        assert(wakes <= 600, `${wakes} wakes in a minute`);
        // Nothing answers: whatever is still owed was asked for anew.
        for (const content of bench.engine.contents) {
          for (const { from, link, dueMs } of content.requests.values()) {
            if (link < 0) continue;
            assert(nextMs < Infinity, `${from} is waited for without a timer`);
            const late = bench.nowMs - dueMs;
            assert(late < TICK_MS, `${from} is ${late} ms late`);
          }
        }
      },
    ),
    { numRuns: Math.ceil(RUNS / 5) },
  );
});
