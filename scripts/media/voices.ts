/**
 * The instruments of the bundled media: each renders one note as mono samples
 * between -1 and 1, additive or FM, with its own envelope. Everything that
 * sounds by chance takes `random`, so that a seed gives the same music always.
 *
 * @module
 */

/** Samples a second of everything here. */
export const SAMPLE_RATE = 44100;

/** A note as an instrument sees it. */
export interface Note {
  /** Fundamental in Hz. */
  frequency: number;
  /** How long the key is held, in seconds; the sound may ring longer. */
  seconds: number;
  /** 0 to 1: louder is brighter too. */
  velocity: number;
}

/** Renders one note. */
export type Voice = (note: Note, random: () => number) => Float32Array;

const TAU = 2 * Math.PI;

/** Frequency of a MIDI note number: 69 is A4, 440 Hz. */
export function pitch(midi: number): number {
  return 440 * 2 ** ((midi - 69) / 12);
}

/** Fills `seconds` of samples with `shape(t)`, t in seconds, without a click at the end. */
function render(seconds: number, shape: (t: number) => number): Float32Array {
  const samples = new Float32Array(Math.ceil(seconds * SAMPLE_RATE));
  const fade = Math.min(samples.length, Math.round(0.02 * SAMPLE_RATE));
  for (let i = 0; i < samples.length; i++) {
    const left = Math.min(1, (samples.length - i) / fade);
    samples[i] = shape(i / SAMPLE_RATE) * left;
  }
  return samples;
}

/** Rises over `attack` seconds, then falls by half every `half` seconds. */
function struck(t: number, attack: number, half: number): number {
  return Math.min(1, t / attack) * 2 ** (-t / half);
}

/** Rises, stays while held, falls after: all smooth. */
function bowed(
  t: number,
  held: number,
  attack: number,
  release: number,
): number {
  const up = Math.min(1, t / attack);
  const down = t < held ? 1 : Math.max(0, 1 - (t - held) / release);
  return (1 - Math.cos(Math.PI * up)) / 2 *
    ((1 - Math.cos(Math.PI * down)) / 2);
}

/** Electric piano: a sine bent by its own frequency, and a short tine far above. */
export const electricPiano: Voice = ({ frequency: f, seconds, velocity }) => {
  const half = 0.9 * (220 / f) ** 0.35;
  const index = 0.4 + 1.5 * velocity;
  return render(seconds + 1.6, (t) => {
    const release = t < seconds ? 1 : 2 ** (-(t - seconds) / 0.12);
    const bend = index * 2 ** (-t / 0.35) * Math.sin(TAU * f * t);
    const body = Math.sin(TAU * f * t + bend) * struck(t, 0.004, half);
    const tine = Math.sin(TAU * f * 14 * t) * struck(t, 0.002, 0.035);
    const high = f * 14 < 15000 ? tine * 0.09 * velocity : 0;
    return velocity * (body * 0.8 + high) * release;
  });
};

/** Glass bell: two bent sines a fourth octave apart, ringing long. */
export const bell: Voice = ({ frequency: f, velocity }) =>
  render(4.5, (t) => {
    const index = (0.5 + velocity) * 2 ** (-t / 0.5);
    const bend = index * Math.sin(TAU * f * 3.01 * t);
    const body = Math.sin(TAU * f * t + bend) * struck(t, 0.003, 0.85);
    const above = Math.sin(TAU * f * 2.004 * t) * struck(t, 0.003, 0.4);
    return velocity * (body * 0.7 + above * 0.2);
  });

/** Marimba: the bar's own tone, its fourth and tenth partial, and a soft knock. */
export const marimba: Voice = ({ frequency: f, velocity }, random) => {
  const half = 0.22 * (330 / f) ** 0.5;
  return render(1.8, (t) => {
    const bar = Math.sin(TAU * f * t) * struck(t, 0.002, half);
    const fourth = Math.sin(TAU * f * 3.98 * t) * struck(t, 0.001, half / 5);
    const tenth = Math.sin(TAU * f * 9.8 * t) * struck(t, 0.001, half / 14);
    const knock = (random() * 2 - 1) * 2 ** (-t / 0.003);
    return velocity *
      (bar * 0.8 + fourth * 0.22 * velocity + tenth * 0.07 + knock * 0.05);
  });
};

/** Strings far away: three detuned voices of soft partials, slow to come and go. */
export const pad: Voice = ({ frequency: f, seconds, velocity }, random) => {
  const partials = Math.max(2, Math.min(9, Math.floor(3500 / f)));
  const voices = [-0.0022, 0, 0.0024].map((detune) => ({
    f: f * (1 + detune),
    phase: random() * TAU,
  }));
  return render(seconds + 2.2, (t) => {
    const breath = 0.8 +
      0.2 * Math.sin(TAU * 0.23 * t + (voices[0]?.phase ?? 0));
    let sum = 0;
    for (const voice of voices) {
      for (let n = 1; n <= partials; n++) {
        const fall = n ** -(2.1 - 0.5 * breath);
        sum += Math.sin(TAU * voice.f * n * t + voice.phase * n) * fall;
      }
    }
    return velocity * 0.22 * sum * bowed(t, seconds, 1.1, 2.2);
  });
};

/** Round bass: a sine, an octave above for small loudspeakers, a soft thumb. */
export const bass: Voice = ({ frequency: f, seconds, velocity }) =>
  render(seconds + 0.25, (t) => {
    const release = t < seconds ? 1 : 2 ** (-(t - seconds) / 0.05);
    const low = Math.sin(TAU * f * t) + 0.35 * Math.sin(TAU * 2 * f * t);
    const third = 0.14 * Math.sin(TAU * 3 * f * t) * 2 ** (-t / 0.15);
    return velocity * 0.7 * (low + third) * struck(t, 0.008, 0.9) * release;
  });

/** Flute: few partials, some breath, a vibrato that comes late. */
export const flute: Voice = ({ frequency: f, seconds, velocity }, random) => {
  let air = 0;
  let phase = 0;
  return render(seconds + 0.35, (t) => {
    const depth = 0.004 * Math.min(1, Math.max(0, t - 0.35) / 0.6);
    phase += TAU * f * (1 + depth * Math.sin(TAU * 5.1 * t)) / SAMPLE_RATE;
    air += 0.18 * (random() * 2 - 1 - air);
    const tone = Math.sin(phase) + 0.28 * Math.sin(2 * phase) +
      0.1 * Math.sin(3 * phase);
    const envelope = bowed(t, seconds, 0.09, 0.35);
    return velocity * (0.62 * tone + 0.1 * air) * envelope;
  });
};

/** Brushed cymbal: noise without its lower half, short. */
export const brush: Voice = ({ seconds, velocity }, random) => {
  let low = 0;
  return render(seconds + 0.1, (t) => {
    const noise = random() * 2 - 1;
    low += 0.45 * (noise - low);
    return velocity * 0.3 * (noise - low) *
      struck(t, 0.006, 0.03 + seconds / 6);
  });
};

/** Soft drum: a sine that falls from a tap to a thud. */
export const drum: Voice = ({ velocity }) => {
  let phase = 0;
  return render(0.6, (t) => {
    phase += TAU * (46 + 70 * 2 ** (-t / 0.018)) / SAMPLE_RATE;
    return velocity * 0.9 * Math.sin(phase) * struck(t, 0.002, 0.09);
  });
};
