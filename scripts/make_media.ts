/**
 * Makes the media that come with the program: renders the pieces of
 * `scripts/media/`, lets espeak-ng speak, brings each to -16 LUFS and encodes it
 * as MP3 and as Ogg Opus with tags. The same seed gives the same music. The
 * output is committed; run this only to change it:
 *
 * ```sh
 * deno run -A scripts/make_media.ts
 * ```
 *
 * Needs ffmpeg and espeak-ng.
 *
 * @module
 */
import { normalise, play, type Score, seeded, wav } from "./media/mix.ts";
import { allPieces } from "./media/pieces.ts";

/** Where the program looks for them: lib/cli/demo_media.ts. */
const FOLDER = new URL("../lib/cli/demo_media/", import.meta.url);
const SEED = 20031126;
/** Loudness asked of podcasts and spoken radio on the net (EBU R 128 s2, AES TD1008). */
const LOUDNESS_LUFS = -16;
/** So that the encoders' overshoot stays below full scale. */
const PEAK_DB = -1.5;
/** Whole budget of the bundled media. */
const BYTES_MAX = 3_000_000;

const CODECS = [
  {
    extension: "mp3",
    args: ["-c:a", "libmp3lame", "-b:a", "112k", "-id3v2_version", "3"],
  },
  {
    extension: "opus",
    args: [
      "-c:a",
      "libopus",
      "-b:a",
      "64k",
      "-vbr",
      "constrained",
      "-ar",
      "48000",
    ],
  },
];

async function run(program: string, args: string[]): Promise<string> {
  const { success, stderr } = await new Deno.Command(program, {
    args,
    stdout: "null",
    stderr: "piped",
  }).output();
  const text = new TextDecoder().decode(stderr);
  if (!success) throw new Error(`${program} failed: ${text.slice(-2000)}`);
  return text;
}

const ffmpeg = (...args: string[]) =>
  run("ffmpeg", ["-hide_banner", "-nostdin", "-y", ...args]);

/** Renders a piece to a WAV file, speech mixed in; returns its path. */
async function renderPiece(score: Score, folder: string): Promise<string> {
  const sound = play(score, seeded(SEED + score.name.length));
  normalise(sound, 0.7);
  const music = `${folder}/${score.name}.wav`;
  await Deno.writeFile(music, wav(sound));
  if (score.speech === undefined) return music;
  const { text, at } = score.speech;
  const voice = `${folder}/voice.wav`;
  await run("espeak-ng", [
    ..."-v en-gb -s 152 -p 38 -g 3 -a 100 -w".split(" "),
    voice,
    text,
  ]);
  const mixed = `${folder}/${score.name}_mixed.wav`;
  await ffmpeg(
    "-i",
    music,
    "-i",
    voice,
    "-filter_complex",
    speechOver(at),
    mixed,
  );
  return mixed;
}

/** Warms the voice, delays it, and makes the music step back while it speaks. */
function speechOver(atSeconds: number): string {
  const ms = Math.round(atSeconds * 1000);
  return [
    "[1:a]aresample=44100,highpass=f=90,equalizer=f=220:t=q:w=1:g=3," +
    "equalizer=f=3200:t=q:w=1.2:g=-3,lowpass=f=8500," +
    "acompressor=threshold=0.1:ratio=3:attack=8:release=120:makeup=2.2," +
    `pan=stereo|c0=c0|c1=c0,adelay=${ms}|${ms},apad,asplit[voice][key]`,
    "[0:a][key]sidechaincompress=threshold=0.05:ratio=5:attack=60:release=600[low]",
    "[low][voice]amix=inputs=2:duration=first:normalize=0",
  ].join(";");
}

/** Integrated loudness in LUFS. */
async function loudness(path: string): Promise<number> {
  const text = await ffmpeg("-i", path, "-af", "ebur128", "-f", "null", "-");
  const found = [...text.matchAll(/I:\s+(-?[\d.]+) LUFS/g)].at(-1)?.[1];
  return Number(found);
}

async function encode(score: Score, path: string): Promise<number> {
  const gain = LOUDNESS_LUFS - await loudness(path);
  const limit = 10 ** (PEAK_DB / 20);
  let bytes = 0;
  for (const { extension, args } of CODECS) {
    const name = `${score.name}.${extension}`;
    const out = new URL(name, FOLDER).pathname;
    await ffmpeg(
      ...["-bitexact", "-i", path],
      ...["-af", `volume=${gain}dB,alimiter=limit=${limit}:level=0`],
      ...["-map_metadata", "-1", "-metadata", `title=${score.title}`],
      ...["-metadata", `artist=${score.artist}`],
      ...["-metadata", "album=Alluvium Demo", "-ar", "44100", "-ac", "2"],
      ...args,
      ...["-fflags", "+bitexact", "-flags:a", "+bitexact", out],
    );
    const { size } = await Deno.stat(out);
    console.log(`${name} ${size} bytes, ${await loudness(out)} LUFS`);
    bytes += size;
  }
  return bytes;
}

if (import.meta.main) {
  await Deno.mkdir(FOLDER, { recursive: true });
  const folder = await Deno.makeTempDir();
  try {
    let bytes = 0;
    for (const score of allPieces()) {
      bytes += await encode(score, await renderPiece(score, folder));
    }
    console.log(`${bytes} bytes in all, at most ${BYTES_MAX}`);
    if (bytes > BYTES_MAX) Deno.exit(1);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
