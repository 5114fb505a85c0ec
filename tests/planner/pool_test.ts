import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import type { Track } from "../../lib/planner/airing.ts";
import { History } from "../../lib/planner/history.ts";
import { Pool } from "../../lib/planner/pool.ts";
import { TrackQueue } from "../../lib/planner/queue.ts";

function tracks(count: number, artists: number): Track[] {
  return Array.from({ length: count }, (_, i) => ({
    path: `${i}.mp3`,
    durationMs: 1000 + (i * 37) % 500,
    ...(i % 5 === 0 ? {} : { creator: `artist ${i % artists}` }),
  }));
}

Deno.test("queue: it is the list from which what was on goes to the end", () => {
  fc.assert(fc.property(
    fc.integer({ min: 1, max: 20 }),
    fc.array(fc.nat(19), { maxLength: 100 }),
    (size, moves) => {
      const list = tracks(size, 3);
      const queue = new TrackQueue(list);
      for (const move of moves) {
        const [track] = list.splice(move % size, 1);
        queue.toEnd(track!);
        list.push(track!);
        assertEquals(queue.slice(0), list);
        for (const [rank, one] of list.entries()) {
          assertEquals([queue.at(rank), queue.rankOf(one)], [one, rank]);
        }
        assertEquals(queue.at(size), undefined);
      }
    },
  ));
});

/** What `choose` promises, by looking at every track. */
function chosen(
  pool: Pool,
  taken: Set<string>,
  longerMs: number,
  chance: number,
): Track | undefined {
  const isFree = ({ creator, durationMs }: Track) =>
    (creator === undefined || !taken.has(creator)) && durationMs <= longerMs;
  const rested = pool.rested().filter(isFree);
  return rested[Math.floor(chance * chance * rested.length)] ??
    pool.recent().find(isFree);
}

Deno.test("pool: what it chooses is what looking at all tracks would", () => {
  fc.assert(fc.property(
    fc.constantFrom(1, 2, 7, 60, 700),
    fc.integer({ min: 1, max: 4 }),
    fc.array(
      fc.record({
        taken: fc.array(fc.nat(4), { maxLength: 3 }),
        longerMs: fc.constantFrom(Infinity, 999, 1000, 1200, 1480),
        chance: fc.double({ min: 0, max: 0.999, noNaN: true }),
      }),
      { maxLength: 12 },
    ),
    (size, artists, choices) => {
      const history = new History(() => undefined, () => false);
      const pool = new Pool(tracks(size, artists), history, () => 0.5);
      for (const { taken, longerMs, chance } of choices) {
        const creators = new Set(taken.map((one) => `artist ${one}`));
        const track = pool.choose({ creators, longerMs }, () => chance);
        assertEquals(track, chosen(pool, creators, longerMs, chance));
        pool.aired(track ?? pool.oldest!);
      }
    },
  ));
});

Deno.test("pool: choosing looks at a few tracks, not at all of 10,000", () => {
  const history = new History(() => undefined, () => false);
  const pool = new Pool(tracks(10_000, 500), history, () => 0.5);
  const whole = pool.rested;
  let looks = 0;
  pool.rested = () => {
    looks++;
    return whole.call(pool);
  };
  for (let i = 0; i < 100; i++) {
    const creators = new Set([`artist ${i + 1}`, `artist ${i + 2}`]);
    const track = pool.choose({ creators }, () => i / 100);
    assert(!creators.has(track!.creator!));
    pool.aired(track!);
  }
  assertEquals(looks, 0);
});
