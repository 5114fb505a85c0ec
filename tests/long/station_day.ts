/**
 * A day of simulated time on every kind of mount: ten thousand items of nine
 * seconds, and one item of a day. Prints how far the stream was off the clock and
 * the schedule, and how the heap grew after its first quarter. Fails where a
 * stream drifts by a packet, or the heap by more than noise.
 *
 * @module
 */
import { JOINT_TOLERANCE_MS } from "../../lib/limits.ts";
import { KINDS, simulate, type Simulated } from "../tuner/simulated_day.ts";

const HOURS = 24;
/** Playlists tell whole milliseconds, and so does WebM of each packet. */
const ROUNDING_MS = 3;
/** The longest packet there is here: MP3's at 44.1 kHz. */
const PACKET_MS = 1152 / 44.1;
/** Simulated hours, 24 by default; kinds, all by default. */
const [hours = `${HOURS}`, ...chosen] = Deno.args;
/** MiB that the heap may grow by, by its slope: what one collection leaves behind. */
const GROWTH_MIB_MAX = 1.5;

/** MiB an hour by least squares, without the first quarter of the samples. */
function slopeOf({ heapMib }: Simulated, hours: number): number {
  const samples = heapMib.slice(heapMib.length / 4);
  const step = hours / heapMib.length;
  const middle = (samples.length - 1) / 2;
  const mean = samples.reduce((a, b) => a + b, 0) / samples.length;
  let above = 0;
  let below = 0;
  samples.forEach((mib, i) => {
    above += (i - middle) * (mib - mean);
    below += (i - middle) ** 2;
  });
  return above / below / step;
}

let isBad = false;
for (const kind of KINDS) {
  if (chosen.length > 0 && !chosen.includes(kind)) continue;
  for (const itemMs of [8_640, Number(hours) * 3_600_000]) {
    const day = await simulate({ kind, hours: Number(hours), itemMs });
    const slope = slopeOf(day, Number(hours));
    isBad ||= day.driftMs >= PACKET_MS ||
      slope * Number(hours) > GROWTH_MIB_MAX ||
      day.offMs > JOINT_TOLERANCE_MS + ROUNDING_MS;
    const items = itemMs < 60_000 ? `${day.titles} items` : "one item";
    console.log(
      `${kind.padEnd(5)} ${items.padStart(12)}, ${hours} h: drift ${
        day.driftMs.toFixed(1)
      } ms, off ${
        day.offMs.toFixed(1)
      } ms, ${day.corrections} corrections, sent less asked for ${
        day.lanesMs.map((ms) => ms.toFixed(1)).join(", ")
      } ms; heap ${day.heapMib[6]?.toFixed(1)} to ${
        day.heapMib.at(-1)?.toFixed(1)
      } MiB, ${slope.toFixed(3)} MiB an hour`,
    );
  }
}
if (isBad) Deno.exit(1);
