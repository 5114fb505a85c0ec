import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  CALM_DOUBT_MS,
  DOUBT_MS,
  DOUBT_STEP_MS,
  DOUBTS_PER_CLIENT_MAX,
  LeaseBook,
  type LeaseTerms,
  PRESSED_CLIENTS_MIN,
  PRESSED_MS,
  PRESSING_HOLDERS_MAX,
} from "../../lib/gateway/lease_book.ts";
import { LEAF_BYTES } from "../../lib/hashtree/mod.ts";
import {
  LEASE_CHUNKS_MAX,
  LEASE_MS_MAX,
  LEASE_MS_MIN,
  LEASE_SCAN_CHUNKS_MAX,
} from "../../lib/limits.ts";

const [ANN, BOB, CYD] = [1, 2, 3];

function terms(nowMs = 0, rest: Partial<LeaseTerms> = {}): LeaseTerms {
  return {
    nowMs,
    available: Infinity,
    budgetBytes: Infinity,
    bytesPerMs: 100,
    ...rest,
  };
}

const wish = (client: number, from: number, until: number, chunks: number) => ({
  client,
  from,
  until,
  chunks,
});

const runs = (leases: { from: number; count: number }[]) =>
  leases.map(({ from, count }) => [from, count]);

Deno.test("grant() gives the earliest free chunks, neighbours as one run", () => {
  const book = new LeaseBook(100, 4);
  assertEquals(runs(book.grant(wish(ANN, 8, 100, 2), terms())), [[8, 8]]);
  assertEquals(runs(book.grant(wish(BOB, 0, 100, 4), terms())), [
    [0, 8],
    [16, 8],
  ]);
});

Deno.test("grant() stays in the window and clips at the end of the file", () => {
  const book = new LeaseBook(10, 4);
  assertEquals(runs(book.grant(wish(ANN, 5, 6, 9), terms())), [[4, 4]]);
  assertEquals(runs(book.grant(wish(BOB, 8, 999, 9), terms())), [[8, 2]]);
  assertEquals(book.grant(wish(BOB, 10, 999, 9), terms()), []);
  assertEquals(book.grant(wish(BOB, 3, 3, 9), terms()), []);
});

Deno.test("a chunk under lease is given to no one else until its time is over", () => {
  const book = new LeaseBook(4, 4);
  const [lease] = book.grant(wish(ANN, 0, 4, 1), terms());
  assert(lease !== undefined);
  assertEquals(book.grant(wish(BOB, 0, 4, 1), terms(lease.ttlMs - 1)), []);
  assertEquals(
    runs(book.grant(wish(BOB, 0, 4, 1), terms(lease.ttlMs))),
    [[0, 4]],
  );
  assertEquals(book.done(ANN, 0, 4, true), { from: 0, count: 4 });
  assertEquals(
    book.grant(wish(3, 0, 4, 1), terms(lease.ttlMs)),
    [],
    "a late report takes nothing from the new owner",
  );
});

Deno.test("a chunk that was given back is free, one that was fetched is not", () => {
  const book = new LeaseBook(8, 4);
  book.grant(wish(ANN, 0, 8, 2), terms());
  assertEquals(book.done(BOB, 0, 8, true), undefined, "not its lease");
  assertEquals(book.done(ANN, 4, 4, false), { from: 0, count: 8 });
  assertEquals(runs(book.grant(wish(BOB, 0, 8, 2), terms())), [[0, 8]]);
  book.done(BOB, 5, 1, true);
  assertEquals(book.grant(wish(ANN, 0, 8, 2), terms()), []);
});

Deno.test("a client that leaves frees what it leased and what only it held", () => {
  const book = new LeaseBook(12, 4);
  book.grant(wish(ANN, 0, 4, 1), terms());
  book.done(ANN, 0, 4, true);
  book.grant(wish(ANN, 4, 8, 1), terms());
  book.grant(wish(BOB, 8, 12, 1), terms());
  book.done(BOB, 8, 4, true);
  book.leave(ANN);
  assertEquals(book.taken, 1);
  assertEquals(runs(book.grant(wish(BOB, 0, 12, 9), terms())), [[0, 8]]);
});

Deno.test("a held chunk is leased again to a client that has waited for it: sooner if it plays within seconds, and with all that follows", () => {
  for (
    const [pressing, doubtMs, leaves] of [
      [8, DOUBT_MS, 8],
      [0, CALM_DOUBT_MS, 4],
    ]
  ) {
    const book = new LeaseBook(8, 4);
    book.grant(wish(ANN, 0, 8, 2), terms());
    book.done(ANN, 0, 8, true);
    const ask = (nowMs: number) =>
      runs(book.grant({ ...wish(BOB, 0, 8, 2), pressing }, terms(nowMs)));
    for (let ms = 0; ms < doubtMs!; ms += 1000) assertEquals(ask(ms), []);
    assertEquals(ask(doubtMs! - 1), []);
    assertEquals(ask(doubtMs!), [[0, leaves]]);
    book.done(BOB, 0, 8, false);
    assertEquals(book.taken, 2, "the holder stays");
  }
});

Deno.test("of those who doubt a holder of what plays later one fetches, and the others wait for him; what plays soon each may fetch", () => {
  for (const [pressing, doubtMs] of [[8, DOUBT_MS], [0, CALM_DOUBT_MS]]) {
    const book = new LeaseBook(8, 8);
    book.grant(wish(ANN, 0, 8, 1), terms());
    book.done(ANN, 0, 8, true);
    const ask = (client: number, nowMs: number) =>
      runs(book.grant({ ...wish(client, 0, 8, 1), pressing }, terms(nowMs)));
    const wait = (client: number, fromMs: number) => {
      for (let ms = 0; ms < doubtMs!; ms += 1000) {
        assertEquals(ask(client, fromMs + ms), []);
      }
    };
    wait(BOB, 0);
    wait(CYD, 0);
    assertEquals(ask(BOB, doubtMs!), [[0, 8]]);
    book.done(BOB, 0, 8, true);
    if (pressing === 8) assertEquals(ask(CYD, doubtMs! + 300), [[0, 8]]);
    else {
      wait(CYD, doubtMs! + 300);
      assertEquals(ask(CYD, 2 * doubtMs!), [[0, 8]]);
    }
  }
});

Deno.test("the time between two asks counts as waiting up to DOUBT_STEP_MS", () => {
  const times = Math.ceil(CALM_DOUBT_MS / DOUBT_STEP_MS);
  for (const stepMs of [DOUBT_STEP_MS, 5 * DOUBT_STEP_MS]) {
    const book = new LeaseBook(8, 8);
    book.grant(wish(ANN, 0, 8, 1), terms());
    book.done(ANN, 0, 8, true);
    const ask = (nowMs: number) =>
      runs(book.grant(wish(BOB, 0, 8, 1), terms(nowMs)));
    for (let n = 0; n < times; n++) assertEquals(ask(n * stepMs), []);
    assertEquals(ask(times * stepMs), [[0, 8]]);
  }
});

Deno.test("who asks for one thing and another goes on waiting for both, and for no more than DOUBTS_PER_CLIENT_MAX", () => {
  for (const [others, leases] of [[3, 1], [4, 0]] as const) {
    assertEquals(DOUBTS_PER_CLIENT_MAX, 4);
    const book = new LeaseBook(8, 1);
    book.grant(wish(ANN, 0, 8, 8), terms());
    book.done(ANN, 0, 8, true);
    for (let nowMs = 0; nowMs < CALM_DOUBT_MS; nowMs += 1000) {
      for (let leaf = 0; leaf <= others; leaf++) {
        assertEquals(book.grant(wish(BOB, leaf, 8, 1), terms(nowMs)), []);
      }
    }
    const granted = book.grant(wish(BOB, 0, 8, 1), terms(CALM_DOUBT_MS));
    assertEquals(granted.length, leases);
  }
});

Deno.test("what plays within seconds is leased to another of PRESSED_CLIENTS_MIN who ask again, until PRESSING_HOLDERS_MAX hold it", () => {
  const book = new LeaseBook(16, 4);
  const ask = (client: number, nowMs: number) =>
    runs(book.grant({ ...wish(client, 0, 16, 4), pressing: 8 }, terms(nowMs)));
  assertEquals(ask(ANN, 0), [[0, 16]]);
  assertEquals(ask(BOB, 0), [], "under lease");
  book.done(ANN, 0, 16, true);
  assertEquals(ask(BOB, 0), [], "told to wait");
  assertEquals(ask(BOB, PRESSED_MS), [], "alone");
  for (let n = 0; n < PRESSED_CLIENTS_MIN; n++) ask(CYD + n, PRESSED_MS);
  assertEquals(ask(BOB, PRESSED_MS), [[0, 8]], "no more than presses");
  assertEquals(ask(CYD, 2 * PRESSED_MS), [], "under lease again");
  book.done(BOB, 0, 8, true);
  assertEquals(PRESSING_HOLDERS_MAX, 2);
  assertEquals(ask(CYD, 3 * PRESSED_MS), []);
  book.leave(ANN);
  assertEquals(ask(CYD, 4 * PRESSED_MS), [[0, 16]], "what nobody holds, too");
});

Deno.test("what a client fetched itself it gets again only if it asks for that first", () => {
  const book = new LeaseBook(12, 4);
  book.grant(wish(ANN, 4, 8, 1), terms());
  book.done(ANN, 4, 4, true);
  assertEquals(runs(book.grant(wish(ANN, 0, 12, 9), terms())), [
    [0, 4],
    [8, 4],
  ]);
  assertEquals(runs(book.grant(wish(ANN, 4, 12, 9), terms())), [[4, 4]]);
});

Deno.test("grant() gives only what the source has, and only as much as its pace allows", () => {
  const book = new LeaseBook(16, 4);
  assertEquals(
    runs(book.grant(wish(ANN, 0, 16, 9), terms(0, { available: 7 }))),
    [[0, 4]],
  );
  const poor = { budgetBytes: 5 * LEAF_BYTES };
  assertEquals(
    runs(book.grant(wish(ANN, 0, 16, 9), terms(0, poor))),
    [[4, 8]],
    "a chunk that has begun is granted whole",
  );
  assertEquals(
    book.grant(wish(ANN, 0, 16, 9), terms(0, { budgetBytes: 0 })),
    [],
  );
});

Deno.test("grant() looks at LEASE_SCAN_CHUNKS_MAX chunks and no further", () => {
  const book = new LeaseBook(LEASE_SCAN_CHUNKS_MAX + 9, 1);
  for (let from = 0; from < LEASE_SCAN_CHUNKS_MAX; from += LEASE_CHUNKS_MAX) {
    const until = from + LEASE_CHUNKS_MAX;
    book.grant(wish(BOB + from, from, until, LEASE_CHUNKS_MAX), terms());
  }
  const all = book.leaves;
  assertEquals(runs(book.grant(wish(ANN, 0, all, 1), terms())), []);
  assertEquals(book.looked, LEASE_SCAN_CHUNKS_MAX);
  const next = [[LEASE_SCAN_CHUNKS_MAX, 1]];
  assertEquals(runs(book.grant(wish(ANN, 1, all, 1), terms())), next);
});

Deno.test("the short last chunk is available only with the whole file", () => {
  const book = new LeaseBook(6, 4);
  assertEquals(book.grant(wish(ANN, 4, 6, 1), terms(0, { available: 5 })), []);
  assertEquals(
    runs(book.grant(wish(ANN, 4, 6, 1), terms(0, { available: 6 }))),
    [[4, 2]],
  );
});

Deno.test("no client has more than LEASE_CHUNKS_MAX under lease", () => {
  const book = new LeaseBook(1000, 1);
  const first = book.grant(wish(ANN, 0, 1000, 999), terms());
  assertEquals(runs(first), [[0, LEASE_CHUNKS_MAX]]);
  assertEquals(book.grant(wish(ANN, 0, 1000, 1), terms()), []);
  book.done(ANN, 0, 1, true);
  assertEquals(
    runs(book.grant(wish(ANN, LEASE_CHUNKS_MAX, 1000, 999), terms())),
    [[LEASE_CHUNKS_MAX, LEASE_CHUNKS_MAX]],
  );
});

Deno.test("a lease lasts twice what the client needs for all it has, within bounds", () => {
  const book = new LeaseBook(1000, 4);
  const bytes = 4 * LEAF_BYTES;
  const bytesPerMs = bytes / 2000;
  const slow = terms(0, { bytesPerMs });
  assertEquals(book.grant(wish(ANN, 0, 4, 1), slow)[0]?.ttlMs, 4000);
  assertEquals(book.grant(wish(ANN, 4, 8, 1), slow)[0]?.ttlMs, 8000);
  assertEquals(
    book.grant(wish(ANN, 8, 12, 1), slow)[0]?.ttlMs,
    LEASE_MS_MAX,
  );
  const fast = terms(0, { bytesPerMs: 1e9 });
  assertEquals(book.grant(wish(BOB, 12, 16, 1), fast)[0]?.ttlMs, LEASE_MS_MIN);
});

/** What a client may do to the book. */
type Step =
  | { do: "grant"; client: number; from: number; span: number; chunks: number }
  | { do: "done"; client: number; ok: boolean }
  | { do: "leave"; client: number }
  | { do: "wait"; ms: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    do: fc.constant("grant" as const),
    client: fc.nat(3),
    from: fc.nat(70),
    span: fc.nat(70),
    chunks: fc.nat(10),
  }),
  fc.record({
    do: fc.constant("done" as const),
    client: fc.nat(3),
    ok: fc.boolean(),
  }),
  fc.record({ do: fc.constant("leave" as const), client: fc.nat(3) }),
  fc.record({ do: fc.constant("wait" as const), ms: fc.nat(800) }),
);

Deno.test("whatever clients do, two leases that last never share a leaf", () => {
  fc.assert(
    fc.property(
      fc.array(step, { maxLength: 60 }),
      fc.integer({ min: 1, max: 70 }),
      fc.constantFrom(1, 2, 4, 8),
      (steps, leaves, chunk) => {
        const book = new LeaseBook(leaves, chunk);
        let nowMs = 0;
        let live: {
          client: number;
          from: number;
          count: number;
          untilMs: number;
        }[] = [];
        for (const step of steps) {
          live = live.filter(({ untilMs }) => untilMs > nowMs);
          if (step.do === "wait") nowMs += step.ms;
          else if (step.do === "leave") {
            book.leave(step.client);
            live = live.filter(({ client }) => client !== step.client);
          } else if (step.do === "done") {
            const mine = live.find(({ client }) => client === step.client);
            if (mine === undefined) continue;
            assert(book.done(step.client, mine.from, mine.count, step.ok));
            live = live.filter((lease) => lease !== mine);
          } else {
            const granted = book.grant(
              wish(step.client, step.from, step.from + step.span, step.chunks),
              terms(nowMs),
            );
            for (const { from, count, ttlMs } of granted) {
              assert(count > 0 && from % chunk === 0 && from + count <= leaves);
              for (const other of live) {
                assert(
                  from >= other.from + other.count ||
                    other.from >= from + count,
                  "two leases share a leaf",
                );
              }
              const untilMs = nowMs + ttlMs;
              live.push({ client: step.client, from, count, untilMs });
            }
          }
        }
        for (const client of [0, 1, 2, 3]) book.leave(client);
        assertEquals(book.taken, 0, "nothing is left of clients that are gone");
      },
    ),
  );
});
