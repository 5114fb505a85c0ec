/**
 * A month at rest, simulated: two listeners with the production engine hear one
 * item of five minutes after the other for thirty days, with a gateway. The heap
 * of every day must be that of the first.
 *
 *     deno task long swarm_month [DAYS]
 *
 * @module
 */
import { LEAF_BYTES } from "../../lib/hashtree/geometry.ts";
import type { Listener } from "../simulation/listener.ts";
import type { Airing, Player } from "../simulation/player.ts";
import { BEGINNING_MS, World } from "../simulation/world.ts";

const LISTENERS = 2;
const ITEM_MS = 300_000;
const BYTES_PER_MS = 16;
const DAY_ITEMS = 86_400_000 / ITEM_MS;

/** What a month may add to the heap of a day: the collector's own ups and downs. */
const GROWTH_BYTES_MAX = 500_000;

const days = Number(Deno.args[0] ?? 30);
const world = new World({ seed: 1, hashing: "tagged" });
const listeners: Listener[] = [];
const total = { due: 0, onTime: 0, originBytes: 0, askedBytes: 0 };

function airing(number: number): Airing {
  const file = world.file(ITEM_MS * BYTES_PER_MS, 1);
  const startMs = BEGINNING_MS + number * ITEM_MS;
  return { file, startMs, bytesPerMs: BYTES_PER_MS };
}

/** Closes what has been played: nothing of it is kept but its sums. */
function finish(airing: Airing): void {
  for (const listener of listeners) {
    const player = listener.players.shift() as Player;
    const { due, onTime } = player.result(world.time.nowMs);
    total.due += due;
    total.onTime += onTime;
    listener.close(player.content!);
  }
  total.askedBytes += airing.file.asked.count * LEAF_BYTES;
}

/** What is left once nothing is to be collected. Beside the heap there are the frames that the simulator keeps. */
function heapBytes(): number {
  (globalThis as unknown as { gc(): void }).gc();
  return Deno.memoryUsage().heapUsed;
}

let last: Airing | undefined;
let now = airing(0);
for (let i = 0; i < LISTENERS; i++) {
  const listener = world.listener();
  listeners.push(listener);
  listener.play(now, BEGINNING_MS, 1_000);
}
let firstDay = 0;
let growth = 0;
for (let day = 1; day <= days; day++) {
  for (let item = 1; item <= DAY_ITEMS; item++) {
    const next = airing((day - 1) * DAY_ITEMS + item);
    for (const listener of listeners) listener.play(next, next.startMs, 0);
    if (last !== undefined) finish(last);
    world.run(ITEM_MS);
    [last, now] = [now, next];
  }
  const bytes = heapBytes();
  if (day === 1) firstDay = bytes;
  growth = bytes - firstDay;
  const copies = world.origin.sentBytes / total.askedBytes;
  const cells = [
    `day ${day}`.padEnd(8),
    `${(bytes / 1e6).toFixed(2)} MB heap`,
    `${(growth / 1e3).toFixed(0)} kB since the first day`.padStart(32),
    `${copies.toFixed(4)} copies`.padStart(16),
    `continuity ${total.onTime / total.due}`.padStart(16),
  ];
  console.log(cells.join(" "));
}
const met = growth < GROWTH_BYTES_MAX && total.onTime === total.due;
console.log(met ? "met" : "MISSED");
Deno.exit(met ? 0 : 1);
