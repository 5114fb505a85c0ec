/**
 * What a listener costs that simply stays on: two listeners of a 128 kbit/s
 * station with a gateway, a player on one of them, for as long as is asked.
 * Prints CPU and memory of each over time, and what came of it:
 *
 *     deno task long listener_at_rest [--minutes=60]
 *
 * Wanted: less than 3 % of one core, less than 120 MB resident, and no growth
 * after the first third.
 *
 * @module
 */
import { assert } from "@std/assert";
import { parseArgs } from "@std/cli";
import { systemClock } from "../../lib/clock.ts";
import { cpuSeconds, memoryMiB } from "../../scripts/compare/usage.ts";
import { startGateway, startListeners } from "../support/alluvium.ts";
import { secondsFromNow, startStation } from "../support/station.ts";

const CPU_SHARE_MAX = 0.03;
const MEMORY_MIB_MAX = 120;
/** What may come and go: a garbage collection that is due. */
const GROWTH_MIB_MAX = 8;

/** Seconds of an item; songs are longer, but joints are what costs. */
const ITEM_SECONDS = 120;
/** Seconds before the figures count: starting, and the first item. */
const WARM_UP_SECONDS = 60;

interface Sample {
  minutes: number;
  cpu: number;
  memoryMiB: number;
}

/** What a process has used so far. */
async function sample(pid: number, startMs: number): Promise<Sample> {
  return {
    minutes: (systemClock.monotonic() - startMs) / 60_000,
    cpu: await cpuSeconds(pid),
    memoryMiB: await memoryMiB(pid),
  };
}

/** Reads a stream like a player until it is told to stop. */
async function play(url: string, signal: AbortSignal): Promise<number> {
  let bytes = 0;
  try {
    const response = await fetch(url, { signal });
    for await (const block of response.body!) {
      bytes += block.length;
      // After an hour aborting no longer ends a fetch of Deno 2.9.6.
      if (signal.aborted) break;
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  return bytes;
}

/** What all of them have used by now, as a line. */
function row(now: Sample[]): string {
  const cells = now.map(({ cpu, memoryMiB }) =>
    `${cpu.toFixed(1)} CPU s, ${memoryMiB.toFixed(1)} MiB`
  );
  return `${now[0]!.minutes.toFixed(1)} min: ${cells.join("; ")}`;
}

/** Says what it found; whether that is what is wanted. */
function judge(name: string, samples: Sample[]): boolean {
  const [first, last] = [samples[0]!, samples.at(-1)!];
  const cpu = (last.cpu - first.cpu) / 60 / (last.minutes - first.minutes);
  const third = Math.ceil(samples.length / 3);
  const most = (some: Sample[]) =>
    Math.max(...some.map(({ memoryMiB }) => memoryMiB));
  const growth = most(samples.slice(-third)) - most(samples.slice(0, third));
  const peak = most(samples);
  console.log(
    `${name}: ${(cpu * 100).toFixed(2)} % of one core, ${
      peak.toFixed(0)
    } MiB at most, ${growth.toFixed(1)} MiB more at the end`,
  );
  return cpu < CPU_SHARE_MAX && peak < MEMORY_MIB_MAX &&
    growth < GROWTH_MIB_MAX;
}

async function main(minutes: number): Promise<void> {
  const names = ["a.mp3", "b.mp3", "c.mp3", "d.mp3"];
  await using gateway = await startGateway();
  await using station = await startStation({
    files: Object.fromEntries(
      names.map((name) => [name, {
        seconds: ITEM_SECONDS,
        kbit: 128,
        title: name,
      }]),
    ),
    trees: true,
  });
  const count = Math.ceil(minutes * 60 / ITEM_SECONDS) + 3;
  const playlist = await station.publish({
    roots: true,
    gateways: [gateway.url],
    items: Array.from({ length: count }, (_, n) => ({
      file: names[n % names.length]!,
      startMs: secondsFromNow(n * ITEM_SECONDS - 10),
    })),
  });
  await using listeners = await startListeners(2, playlist);
  const stop = new AbortController();
  const playing = play(listeners[0]!.mp3, stop.signal);
  await systemClock.sleep(WARM_UP_SECONDS * 1000);
  const startMs = systemClock.monotonic();
  const samples = listeners.map((): Sample[] => []);
  const everyMs = Math.max(5_000, minutes * 60_000 / 60);
  do {
    for (const [n, { child }] of listeners.entries()) {
      samples[n]!.push(await sample(child.pid, startMs));
    }
    console.log(row(samples.map((all) => all.at(-1)!)));
    await systemClock.sleep(everyMs);
  } while (systemClock.monotonic() - startMs < minutes * 60_000);
  stop.abort();
  const bytes = await playing;
  console.log(`${minutes} min; the player got ${(bytes / 1e6).toFixed(1)} MB`);
  const good = samples.map((one, n) =>
    judge(n === 0 ? "with a player" : "without a player", one)
  );
  assert(good.every((one) => one), "more than wanted");
}

if (import.meta.main) {
  const { minutes } = parseArgs(Deno.args, {
    string: ["minutes"],
    default: { minutes: "60" },
  });
  await main(Number(minutes));
}
