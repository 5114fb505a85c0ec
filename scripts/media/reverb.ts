/**
 * A soft hall: eight delay lines that feed each other through a Hadamard mix, so
 * that no echo stands out, each losing its highs a little every time round.
 *
 * @module
 */
import { SAMPLE_RATE } from "./voices.ts";

/** Milliseconds, without common factors, of a hall of middle size. */
const DELAYS_MS = [29.7, 37.1, 41.1, 43.7, 53.3, 59.9, 67.7, 73.1];

/** Two channels of samples, equally long. */
export interface Stereo {
  left: Float32Array;
  right: Float32Array;
}

interface Line {
  samples: Float32Array;
  at: number;
  /** The last output after damping. */
  soft: number;
  gain: number;
}

/**
 * The hall's answer to a dry signal, without the dry signal itself.
 *
 * @param seconds until the sound has fallen by 60 dB
 * @param damping 0 (bright) to 1 (dark)
 */
export function reverb(dry: Stereo, seconds: number, damping: number): Stereo {
  const lines = DELAYS_MS.map((ms) => makeLine(ms, seconds));
  const wet = {
    left: new Float32Array(dry.left.length),
    right: new Float32Array(dry.right.length),
  };
  const outputs = new Float64Array(lines.length);
  for (let i = 0; i < dry.left.length; i++) {
    let sum = 0;
    lines.forEach((line, n) => {
      const raw = line.samples[line.at] ?? 0;
      line.soft += (1 - damping) * (raw - line.soft);
      outputs[n] = line.soft * line.gain;
    });
    hadamard(outputs);
    lines.forEach((line, n) => {
      const input = n % 2 === 0 ? dry.left[i] : dry.right[i];
      line.samples[line.at] = (input ?? 0) * 0.35 + (outputs[n] ?? 0);
      line.at = (line.at + 1) % line.samples.length;
      sum = n % 2 === 0 ? sum + line.soft : sum;
    });
    wet.left[i] = sum * 0.5;
    wet.right[i] = lines.reduce(
      (total, line, n) => n % 2 === 1 ? total + line.soft : total,
      0,
    ) * 0.5;
  }
  return wet;
}

function makeLine(ms: number, seconds: number): Line {
  return {
    samples: new Float32Array(Math.round(ms * SAMPLE_RATE / 1000)),
    at: 0,
    soft: 0,
    gain: 10 ** (-3 * ms / 1000 / seconds),
  };
}

/** Mixes eight values so that their energy stays the same. */
function hadamard(values: Float64Array): void {
  for (let step = 1; step < values.length; step *= 2) {
    for (let i = 0; i < values.length; i++) {
      if ((i & step) !== 0) continue;
      const a = values[i] ?? 0;
      const b = values[i + step] ?? 0;
      values[i] = a + b;
      values[i + step] = a - b;
    }
  }
  for (let i = 0; i < values.length; i++) {
    values[i] = (values[i] ?? 0) / Math.sqrt(values.length);
  }
}
