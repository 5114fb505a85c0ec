/**
 * A score becomes sound: notes are played by their voices, placed left and
 * right, given their share of the hall, and written as a WAV file.
 *
 * @module
 */
import { reverb, type Stereo } from "./reverb.ts";
import { pitch, SAMPLE_RATE, type Voice } from "./voices.ts";

/** One note of a score. */
export interface ScoreNote {
  voice: Voice;
  /** Beats from the start. */
  at: number;
  /** MIDI note number. */
  midi: number;
  /** Beats the note is held. */
  beats: number;
  /** 0 to 1. */
  velocity: number;
  /** -1 left to 1 right. */
  pan: number;
}

/** A piece to be rendered. */
export interface Score {
  title: string;
  artist: string;
  /** Name of the files, without extension. */
  name: string;
  beatsPerMinute: number;
  /** In all, the ringing out included. */
  seconds: number;
  notes: ScoreNote[];
  /** Share of the hall, 0 to 1, and how long it rings. */
  hall: { share: number; seconds: number; damping: number };
  /** Spoken over it, if anything, from second `at` on. */
  speech?: { text: string; at: number };
}

/** A small generator of chance (mulberry32): the same seed gives the same numbers in [0, 1). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Renders a score; a player's small unevenness comes from `random`. */
export function play(score: Score, random: () => number): Stereo {
  const length = Math.ceil(score.seconds * SAMPLE_RATE);
  const dry = {
    left: new Float32Array(length),
    right: new Float32Array(length),
  };
  const beat = 60 / score.beatsPerMinute;
  for (const note of score.notes) {
    const late = (random() - 0.5) * 0.012;
    const sound = note.voice({
      frequency: pitch(note.midi),
      seconds: note.beats * beat,
      velocity: note.velocity * (0.92 + 0.16 * random()),
    }, random);
    const at = Math.max(0, Math.round((note.at * beat + late) * SAMPLE_RATE));
    place(dry, sound, at, note.pan);
  }
  return finish(dry, score);
}

/** Adds a mono sound, panned at equal power. */
export function place(
  into: Stereo,
  sound: Float32Array,
  at: number,
  pan: number,
): void {
  const angle = (pan + 1) * Math.PI / 4;
  const [left, right] = [Math.cos(angle), Math.sin(angle)];
  const end = Math.min(sound.length, into.left.length - at);
  for (let i = 0; i < end; i++) {
    const sample = sound[i] ?? 0;
    into.left[at + i] = (into.left[at + i] ?? 0) + sample * left;
    into.right[at + i] = (into.right[at + i] ?? 0) + sample * right;
  }
}

function finish(dry: Stereo, score: Score): Stereo {
  const { share, seconds, damping } = score.hall;
  const wet = reverb(dry, seconds, damping);
  const fade = 1.5 * SAMPLE_RATE;
  for (const channel of ["left", "right"] as const) {
    const samples = dry[channel];
    for (let i = 0; i < samples.length; i++) {
      const ending = Math.min(1, (samples.length - i) / fade);
      const sum = (samples[i] ?? 0) + share * (wet[channel][i] ?? 0);
      samples[i] = sum * ending;
    }
  }
  return dry;
}

/** Makes the loudest sample `peak` (0 to 1). */
export function normalise(sound: Stereo, peak: number): void {
  let loudest = 0;
  for (const samples of [sound.left, sound.right]) {
    for (const sample of samples) loudest = Math.max(loudest, Math.abs(sample));
  }
  for (const samples of [sound.left, sound.right]) {
    for (let i = 0; i < samples.length; i++) {
      samples[i] = (samples[i] ?? 0) * peak / (loudest || 1);
    }
  }
}

/** A 32-bit float WAV file. */
export function wav(sound: Stereo): Uint8Array {
  const data = sound.left.length * 8;
  const bytes = new Uint8Array(44 + data);
  const view = new DataView(bytes.buffer);
  const text = (at: number, word: string) =>
    bytes.set(new TextEncoder().encode(word), at);
  text(0, "RIFF");
  view.setUint32(4, 36 + data, true);
  text(8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, 3, true); // IEEE float
  view.setUint16(22, 2, true);
  view.setUint32(24, SAMPLE_RATE, true);
  view.setUint32(28, SAMPLE_RATE * 8, true);
  view.setUint16(32, 8, true);
  view.setUint16(34, 32, true);
  text(36, "data");
  view.setUint32(40, data, true);
  for (let i = 0; i < sound.left.length; i++) {
    view.setFloat32(44 + i * 8, sound.left[i] ?? 0, true);
    view.setFloat32(48 + i * 8, sound.right[i] ?? 0, true);
  }
  return bytes;
}
