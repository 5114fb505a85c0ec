/**
 * The music of the demo station: three little pieces and a spoken ident, written
 * as chords and melodies. `C4` is MIDI 60; times are beats.
 *
 * @module
 */
import type { Score, ScoreNote } from "./mix.ts";
import {
  bass,
  bell,
  brush,
  drum,
  electricPiano,
  flute,
  marimba,
  pad,
  type Voice,
} from "./voices.ts";

const ARTIST = "The Alluvium House Band";
const STEPS: Record<string, number> = {
  C: 0,
  D: 2,
  E: 4,
  F: 5,
  G: 7,
  A: 9,
  B: 11,
};

/** MIDI number of a name such as `F#3` or `Bb4`. */
function midi(name: string): number {
  const [, letter = "C", sign, octave = "4"] =
    /^([A-G])([#b]?)(\d)$/.exec(name) ?? [];
  const bend = sign === "#" ? 1 : sign === "b" ? -1 : 0;
  return 12 * (Number(octave) + 1) + (STEPS[letter] ?? 0) + bend;
}

/** How a line of notes is played. */
interface Manner {
  voice: Voice;
  velocity: number;
  pan: number;
  /** Beats to shift the whole line. */
  from?: number;
}

/** `E4:1 G4:.5 -:2` is a line of notes and rests with their beats. */
function line(text: string, manner: Manner): ScoreNote[] {
  let at = manner.from ?? 0;
  const notes: ScoreNote[] = [];
  for (const word of text.trim().split(/\s+/)) {
    const [name = "-", length = "1"] = word.split(":");
    const beats = Number(length);
    if (name !== "-") {
      notes.push({ ...manner, at, midi: midi(name), beats });
    }
    at += beats;
  }
  return notes;
}

/** `D3 F#3 A3` all at once, spread from left to right. */
function chord(
  names: string,
  at: number,
  beats: number,
  manner: Omit<Manner, "pan"> & { width: number },
): ScoreNote[] {
  const list = names.split(" ");
  return list.map((name, i) => ({
    ...manner,
    at: at + i * 0.02,
    midi: midi(name),
    beats,
    pan: manner.width * (2 * i / Math.max(1, list.length - 1) - 1),
  }));
}

/** Electric piano over a walking bass, brushes, and a flute that answers. */
function morningDelta(): Score {
  const chords = [
    ["D3 F#3 A3 C#4 E4", "D2"],
    ["B2 F#3 A3 D4", "B1"],
    ["G2 D3 F#3 B3", "G1"],
    ["A2 E3 G3 B3 D4", "A1"],
  ];
  const notes: ScoreNote[] = [];
  for (let bar = 0; bar < 10; bar++) {
    const [names = "", root = ""] = chords[bar % 4] ?? [];
    const at = bar * 4;
    if (bar === 9) break;
    const manner = { voice: electricPiano, velocity: 0.34, width: 0.5 };
    notes.push(...chord(names, at, 1.6, manner));
    notes.push(...chord(names, at + 2.5, 1.2, { ...manner, velocity: 0.26 }));
    if (bar > 0) notes.push(...bassBar(root, at));
    if (bar > 1) notes.push(...brushBar(at));
  }
  notes.push(
    ...chord("D2 A2 F#3 C#4 E4 A4", 36, 5, {
      voice: electricPiano,
      velocity: 0.36,
      width: 0.6,
    }),
  );
  notes.push(...line(
    `A4:1.5 F#4:.5 E4:1 C#5:1  D5:2.5 -:.5 B4:.5 C#5:.5
     D5:1 B4:1 A4:1 F#4:1  G4:.5 A4:.5 B4:1 E4:2
     F#4:1 A4:1 C#5:1.5 E5:.5  D5:2 -:1 F#5:1
     E5:.75 D5:.25 B4:1 G4:1 A4:1  A4:.5 B4:.5 C#5:1 B4:1 A4:1  F#4:4`,
    { voice: flute, velocity: 0.34, pan: 0.15, from: 4 },
  ));
  return {
    title: "Morning Delta",
    artist: ARTIST,
    name: "morning_delta",
    beatsPerMinute: 84,
    seconds: 32,
    notes,
    hall: { share: 0.5, seconds: 1.8, damping: 0.35 },
  };
}

function bassBar(root: string, at: number): ScoreNote[] {
  const manner = { voice: bass, velocity: 0.5, pan: 0 };
  const low = midi(root);
  return [
    { ...manner, at, midi: low, beats: 1.3 },
    { ...manner, at: at + 1.5, midi: low + 12, beats: 0.4, velocity: 0.28 },
    { ...manner, at: at + 2.5, midi: low + 7, beats: 1.2, velocity: 0.4 },
  ];
}

function brushBar(at: number): ScoreNote[] {
  return [0, 1, 1.66, 2, 3, 3.66].map((beat) => ({
    voice: brush,
    at: at + beat,
    midi: 60,
    beats: beat % 2 === 1 ? 0.5 : 0.15,
    velocity: beat % 2 === 1 ? 0.5 : 0.28,
    pan: -0.3,
  }));
}

/** Slow strings that change like weather, bells above. */
function siltAndLight(): Score {
  const chords = [
    "F2 C3 A3 E4 G4",
    "A2 E3 G3 C4 B4",
    "E2 C3 G3 D4 G4",
    "G2 D3 A3 B3 E4",
    "F2 C3 A3 E4 C5",
  ];
  const strings = { voice: pad, velocity: 0.3, width: 0.8 };
  const notes = chords.flatMap((names, i) => chord(names, i * 6, 6.4, strings));
  notes.push(...line(
    `-:2 E5:1 G5:1 C6:2  B5:1.5 G5:.5 E5:2 -:2
     D5:1 G5:1 A5:1 E6:3  -:1 D6:1 B5:1 A5:1 G5:2
     A5:1 E5:1 C6:4`,
    { voice: bell, velocity: 0.3, pan: 0.35 },
  ));
  notes.push(...line(
    `-:5 A5:1  -:5 D5:1  -:4 B4:1 C5:1  -:5 F#5:1 -:3 G5:3`,
    { voice: bell, velocity: 0.2, pan: -0.5 },
  ));
  return {
    title: "Silt and Light",
    artist: ARTIST,
    name: "silt_and_light",
    beatsPerMinute: 60,
    seconds: 34,
    notes,
    hall: { share: 0.9, seconds: 3.2, damping: 0.3 },
  };
}

/** Two marimbas with patterns of 12 and 10 that drift apart and meet again. */
function braidedChannels(): Score {
  const first = "E4 B4 G4 D5 B4 E5 G4 B4 A4 D5 B4 G4".split(" ");
  const second = "B4 E5 D5 G5 E5 B4 D5 A4 B4 G4".split(" ");
  const roots = ["E2", "E2", "C2", "D2", "E2", "G2", "A2", "B1", "E2"];
  const notes: ScoreNote[] = [];
  for (let step = 0; step < 96; step++) {
    const accent = step % 6 === 0 ? 0.14 : step % 3 === 0 ? 0.06 : 0;
    const swell = 0.28 + 0.1 * Math.sin(Math.PI * step / 96);
    notes.push(hit(first[step % 12], step / 2, swell + accent, -0.45));
    if (step >= 24) {
      notes.push(hit(second[step % 10], step / 2, swell - 0.05, 0.45));
    }
  }
  notes.push(hit("E4", 48, 0.45, -0.3), hit("B4", 48, 0.4, 0.3));
  roots.forEach((root, i) => {
    if (i > 0) {
      notes.push(...line(`${root}:2.8 ${root}:1.5 ${root}:1.2`, {
        voice: bass,
        velocity: 0.42,
        pan: 0,
        from: i * 6,
      }));
    }
    if (i > 2 && i < 8) notes.push(...drumBar(i * 6));
  });
  const strings = { voice: pad, velocity: 0.16, width: 0.7 };
  ["E3 B3 D4", "E3 G3 C4", "F#3 A3 D4", "E3 G3 B3", "D3 G3 B3", "E3 A3 C4"]
    .forEach((names, i) =>
      notes.push(...chord(names, 12 + i * 6, 6.2, strings))
    );
  return {
    title: "Braided Channels",
    artist: ARTIST,
    name: "braided_channels",
    beatsPerMinute: 112,
    seconds: 31,
    notes,
    hall: { share: 0.45, seconds: 1.6, damping: 0.4 },
  };
}

function hit(
  name: string | undefined,
  at: number,
  velocity: number,
  pan: number,
): ScoreNote {
  return {
    voice: marimba,
    at,
    midi: midi(name ?? "E4"),
    beats: 0.5,
    velocity,
    pan,
  };
}

function drumBar(at: number): ScoreNote[] {
  const soft = { midi: 36, beats: 1, pan: 0 };
  return [
    { ...soft, voice: drum, at, velocity: 0.5 },
    { ...soft, voice: drum, at: at + 3.5, velocity: 0.35 },
    ...[1.5, 3, 4.5, 5.5].map((beat) => ({
      ...soft,
      voice: brush,
      at: at + beat,
      beats: 0.3,
      velocity: 0.3,
      pan: 0.25,
    })),
  ];
}

/** The station says its name. */
function ident(): Score {
  const strings = { voice: pad, velocity: 0.15, width: 0.7 };
  const notes = [
    ...line("G4:.5 C5:.5 E5:.5 D5:.5 G5:2", {
      voice: bell,
      velocity: 0.42,
      pan: 0,
    }),
    ...chord("C3 G3 D4 E4", 0, 7, strings),
    ...chord("A2 E3 C4 G4", 7, 7, strings),
    ...chord("F2 C3 A3 E4", 14, 5, strings),
    ...line("E5:.5 G5:.5 C6:.5 B5:.5 G5:3", {
      voice: bell,
      velocity: 0.36,
      pan: 0.1,
      from: 17,
    }),
    ...chord("C3 G3 D4 E4", 17.5, 4, { ...strings, velocity: 0.2 }),
  ];
  return {
    title: "This Is Alluvium",
    artist: "Station ident",
    name: "station_ident",
    beatsPerMinute: 60,
    seconds: 23,
    notes,
    hall: { share: 0.6, seconds: 2.4, damping: 0.35 },
    speech: {
      at: 3.2,
      text: "This is Alluvium: a radio station that its listeners carry. " +
        "What you hear came in small pieces. Some from the station, " +
        "and some from people who listen, like you.",
    },
  };
}

/** All pieces, in the order they are played. */
export function allPieces(): Score[] {
  return [ident(), morningDelta(), siltAndLight(), braidedChannels()];
}
