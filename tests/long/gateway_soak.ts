/**
 * A gateway at half of its load for ten minutes, while listeners come and go
 * and the station plays new files: its memory must not grow, and it must keep
 * nothing of connections that have ended.
 *
 *     deno task long gateway_soak            ten minutes, 4,000 clients
 *     deno task long gateway_soak MINUTES CLIENTS
 *
 * The server is `scripts/compare/trackers.ts`: it tells its memory after a
 * garbage collection.
 *
 * @module
 */
import { assert } from "@std/assert";
import { systemClock } from "../../lib/clock.ts";
import { AnnouncerProcesses } from "../../scripts/compare/announcing.ts";
import {
  type Memory,
  startFiles,
  startTracker,
} from "../../scripts/compare/trackers.ts";

const [minutes = "10", held = "4000"] = Deno.args;
const PROCESSES = 2;
const EACH = Number(held) / PROCESSES;
/** Clients of a process that hang up in a second; each stays for 100 s. */
const CHURN = EACH / 100;
const FILES = 20;
/** One measurement. */
const STEP_SECONDS = 30;
const STEPS = Math.ceil(Number(minutes) * 60 / STEP_SECONDS);
/** Steps until every cache and pool has its size. */
const WARM_UP = 4;
const MIB_PER_MINUTE_MAX = 1;

const mib = (bytes: number) => (bytes / 2 ** 20).toFixed(1);

const files = await startFiles();
const tracker = await startTracker("alluvium");
const clients = new AnnouncerProcesses(PROCESSES, {
  ...{ protocol: "swarm", port: tracker.port },
  ...{ files: files.url, fileCount: FILES },
});
const bare = await tracker.memory();
await clients.tell((i) => ({
  ...{ do: "connect", from: 1 + i * 10_000, count: EACH },
}));
const most = await clients.tell(() => ({
  ...{ do: "most", kind: "move", clients: EACH, seconds: 10, inFlight: 50 },
}));
const perSecond = most.announces / most.seconds / 2 / PROCESSES;
const samples: Memory[] = [];
const latenciesMs: number[] = [];
for (let step = 0; step < STEPS; step++) {
  const report = await clients.tell(() => ({
    ...{ do: "rate", kind: "move", clients: EACH, chat: false },
    ...{ seconds: STEP_SECONDS, perSecond, churn: CHURN },
    generation: `${step}-`,
  }));
  // One by one: a call takes only so many arguments.
  for (const ms of report.latenciesMs) latenciesMs.push(ms);
  samples.push(await tracker.memory());
  const { heapBytes, rssBytes, descriptors } = samples.at(-1)!;
  console.log(
    `${(step + 1) * STEP_SECONDS} s: ${report.announces} moves in ` +
      `${report.seconds.toFixed(1)} s, heap ${mib(heapBytes)} MiB, ` +
      `RSS ${mib(rssBytes)} MiB, ${descriptors} descriptors`,
  );
}
const full = samples.at(-1)!;
await clients.stop();
let after = await tracker.memory();
// Closing so many takes a moment.
for (let i = 0; i < 100 && after.descriptors > bare.descriptors + 4; i++) {
  await systemClock.sleep(200);
  after = await tracker.memory();
}
await tracker.stop();
files.close();

/** The slope of the straight line that fits best, in MiB a minute. */
function slope(values: readonly number[]): number {
  const n = values.length;
  const meanX = (n - 1) / 2;
  const meanY = values.reduce((sum, y) => sum + y, 0) / n;
  let [above, below] = [0, 0];
  for (const [x, y] of values.entries()) {
    above += (x - meanX) * (y - meanY);
    below += (x - meanX) ** 2;
  }
  return above / below * 60 / STEP_SECONDS / 2 ** 20;
}

const warm = samples.slice(WARM_UP);
const heap = slope(warm.map(({ heapBytes }) => heapBytes));
const rss = slope(warm.map(({ rssBytes }) => rssBytes));
latenciesMs.sort((a, b) => a - b);
console.log(
  `${held} clients, ${Math.round(perSecond * PROCESSES)} moves a second, ` +
    `${CHURN * PROCESSES} of them replaced, ${STEPS * FILES} files: ` +
    `heap ${mib(full.heapBytes)} MiB, ${heap.toFixed(2)} MiB a minute; ` +
    `RSS ${mib(full.rssBytes)} MiB, ${rss.toFixed(2)} MiB a minute`,
);
console.log(
  `99 of 100 answers within ${
    Math.round(latenciesMs[Math.floor(latenciesMs.length * 0.99)] ?? NaN)
  } ms`,
);
console.log(
  `descriptors: ${bare.descriptors} before, ${full.descriptors} with all, ` +
    `${after.descriptors} after`,
);
assert(heap < MIB_PER_MINUTE_MAX && rss < MIB_PER_MINUTE_MAX, "memory grows");
// The store's files may be open or not.
assert(after.descriptors <= bare.descriptors + 4, "descriptors are lost");
