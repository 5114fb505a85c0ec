/**
 * How many times faster than it plays a file becomes a mount's stream on one
 * core: every container in, every mount of its kind out, packet by packet. The
 * promise is 1000 times for MP3 of 128 kbit/s and 50 times for films of 8 Mbit/s
 * (ffmpeg must be installed; it makes the files).
 *
 *     deno run -A --import-map scripts/npm/import_map.json \
 *       scripts/compare/remux.ts [--rounds=3] [--only=ts]
 *
 * Times are CPU seconds of this process, collector included.
 *
 * @module
 */
import { parseArgs } from "@std/cli";
import process from "node:process";
import { createMountWriters } from "../../lib/media/mount.ts";
import { openTrack } from "../../lib/media/open.ts";
import { kindOf } from "../../lib/media/pairing.ts";
import { fromBytes } from "../../lib/media/random_access.ts";
import { encode, sine } from "../../tests/media/support.ts";

/** Seconds of sound and of film that are encoded. */
const SOUND_SECONDS = 300;
const FILM_SECONDS = 10;

const NOISE = "testsrc2=s=640x360:r=25,noise=alls=80:allf=t";
const H264 =
  "-c:v libx264 -preset ultrafast -g 50 -pix_fmt yuv420p -b:v 8M -minrate 8M -maxrate 8M -bufsize 1M";
const VP8 =
  "-c:v libvpx -deadline realtime -cpu-used 16 -g 50 -b:v 8M -minrate 8M -maxrate 8M";

/** Name, container, ffmpeg's words, whether it has pictures. */
const ROWS: [string, string, string, boolean][] = [
  ["MP3 128 kbit/s", "mp3", "-c:a libmp3lame -b:a 128k", false],
  ["AAC 128 kbit/s, ADTS", "aac", "-c:a aac -b:a 128k", false],
  ["AAC 128 kbit/s, M4A", "m4a", "-c:a aac -b:a 128k", false],
  ["AAC 128 kbit/s, MPEG-TS", "ts", "-c:a aac -b:a 128k", false],
  ["Opus 96 kbit/s, Ogg", "opus", "-c:a libopus -b:a 96k -ar 48000", false],
  ["Opus 96 kbit/s, WebM", "webm", "-c:a libopus -b:a 96k -ar 48000", false],
  ["Vorbis, Ogg", "ogg", "-c:a libvorbis -q:a 4", false],
  ["FLAC", "flac", "-c:a flac", false],
  ["H.264 8 Mbit/s, MP4", "mp4", `${H264} -c:a aac -b:a 128k`, true],
  ["H.264 8 Mbit/s, Matroska", "mkv", `${H264} -c:a aac -b:a 128k`, true],
  ["H.264 8 Mbit/s, MPEG-TS", "ts", `${H264} -c:a aac -b:a 128k`, true],
  ["VP8 8 Mbit/s, WebM", "webm", `${VP8} -c:a libopus -ar 48000`, true],
];

/** Into every mount of its kind, as a station does. */
async function remux(bytes: Uint8Array): Promise<string> {
  const track = await openTrack(fromBytes(bytes));
  const writers = createMountWriters(kindOf(track.info));
  for (const writer of writers) writer.begin(track.info);
  for await (const packet of track.packets) {
    for (const writer of writers) writer.write(packet);
  }
  for (const writer of writers) writer.end();
  return writers.map(({ extension }) => extension).join(", ");
}

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

async function measure(row: typeof ROWS[number], rounds: number) {
  const [, extension, words, isFilm] = row;
  const seconds = isFilm ? FILM_SECONDS : SOUND_SECONDS;
  const film = isFilm ? ["-f", "lavfi", "-t", `${seconds}`, "-i", NOISE] : [];
  const file = await encode(
    extension,
    ...film,
    ...sine(seconds),
    ...words.split(" "),
  );
  let best = Infinity;
  let mounts = "";
  for (let round = 0; round < rounds; round++) {
    const before = cpuSeconds();
    mounts = await remux(file);
    best = Math.min(best, cpuSeconds() - before);
  }
  const promised = isFilm ? 50 : 1000;
  const times = seconds / best;
  return {
    "Mbit/s": Number((file.length * 8 / seconds / 1e6).toFixed(2)),
    "to": mounts,
    "CPU s": Number(best.toFixed(3)),
    "times real time": Math.round(times),
    "promised": times >= promised ? `${promised}, kept` : `${promised}, MISSED`,
  };
}

if (import.meta.main) {
  const { rounds, only } = parseArgs(Deno.args, {
    string: ["rounds", "only"],
    default: { rounds: "3" },
  });
  const table: Record<string, unknown> = {};
  for (const row of ROWS) {
    if (only !== undefined && row[1] !== only) continue;
    table[row[0]] = await measure(row, Number(rounds));
  }
  console.table(table);
}
