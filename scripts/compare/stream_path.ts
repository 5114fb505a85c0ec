/**
 * How many times faster than it plays a stream can be made on one core, the whole
 * way: a file in memory, its packets, the tuner, the mounts of its kind and HLS,
 * one player on each mount. CPU seconds of this process, simulated time.
 *
 *     deno run -A scripts/compare/stream_path.ts
 *
 * @module
 */
import { cpuUsage } from "node:process";
import {
  simulate,
  type SimulationOptions,
} from "../../tests/tuner/simulated_day.ts";

const PATHS: [string, number, SimulationOptions][] = [
  ["MP3, 128 kbit/s", 1000, { kind: "mp3", hours: 2, itemMs: 60_000 }],
  ["AAC, 90 kbit/s", 1000, { kind: "aac", hours: 2, itemMs: 60_000 }],
  ["Opus, 80 kbit/s", 1000, { kind: "opus", hours: 2, itemMs: 60_000 }],
  ["H.264, 8 Mbit/s", 50, {
    kind: "h264",
    hours: 1 / 4,
    itemMs: 60_000,
    pictureBytes: 40_000,
  }],
  ["VP8, 8 Mbit/s", 50, {
    kind: "vp8",
    hours: 1 / 4,
    itemMs: 60_000,
    pictureBytes: 40_000,
  }],
];

const cpuSeconds = () => {
  const { user, system } = cpuUsage();
  return (user + system) / 1e6;
};

console.log("| what | played | CPU | times real time | wanted | sent |");
console.log("| --- | --- | --- | --- | --- | --- |");
for (const [name, wanted, options] of PATHS) {
  const short = { ...options, hours: 1 / 30, listeners: 1 };
  await simulate(short); // What is compiled and made once.
  const before = cpuSeconds();
  const { bytes } = await simulate({ ...options, listeners: 1 });
  const cpu = cpuSeconds() - before;
  const played = options.hours * 3600;
  console.log(
    `| ${name} | ${played} s | ${cpu.toFixed(2)} s | ${
      Math.round(played / cpu)
    } | ${wanted} | ${(bytes / 2 ** 20).toFixed(0)} MiB |`,
  );
}
