import { assertEquals } from "@std/assert";
import { type Clock, systemClock } from "../../lib/clock.ts";
import { Front } from "../../lib/http/front.ts";
import { Mount } from "../../lib/icecast/mount.ts";
import { MountTable } from "../../lib/icecast/mount_table.ts";
import { pace } from "../../lib/icecast/pacer.ts";
import { mountRoutes } from "../../lib/icecast/routes.ts";
import { ICY_METADATA_INTERVAL_BYTES } from "../../lib/limits.ts";
import type { MountChunk } from "../../lib/media/packet.ts";
import { deinterleave, streamTitle } from "../icecast/deinterleave.ts";
import { run, start } from "../support/processes.ts";
import { program, programs } from "../support/programs.ts";

const curl = program("curl");
const ffmpeg = program("ffmpeg");
const ffprobe = program("ffprobe");
const mpv = program("mpv");

const NAME = "Ünïcode Rädio";
const TITLE = "Jürgen's Band – Don't; 'q'; end ☃";
/** The same with its semicolons made safe. */
const SHOWN = TITLE.replaceAll(";", ":");

/** How much faster than the media a test's mount is fed. */
const SPEED = 8;

/** Time for the feeder only: SPEED seconds pass in one. */
const fastClock: Clock = {
  now: () => systemClock.now() * SPEED,
  monotonic: () => systemClock.monotonic() * SPEED,
  sleep: (ms, signal) => systemClock.sleep(ms / SPEED, signal),
  timer: (ms, callback) => systemClock.timer(ms / SPEED, callback),
};

/** Frames of an MP3 file without tags, made by ffmpeg: 128 kbit/s, 44.1 kHz. */
async function makeFrames(seconds: number): Promise<Uint8Array[]> {
  const source = `sine=frequency=440:duration=${seconds}`;
  const make = `-v error -f lavfi -i ${source} -ac 2 -c:a libmp3lame -b:a 128k`;
  const bare = "-write_xing 0 -id3v2_version 0 -map_metadata -1 -f mp3 -";
  const args = `${make} ${bare}`.split(" ");
  const { bytes } = await run(ffmpeg.required(), args);
  return cutFrames(bytes);
}

/** Cuts 128 kbit/s 44.1 kHz MPEG-1 layer 3 frames by their padding bit. */
function cutFrames(bytes: Uint8Array): Uint8Array[] {
  const frames: Uint8Array[] = [];
  for (let at = 0; at < bytes.length;) {
    assertEquals([bytes[at], bytes[at + 2]! & 0xfc], [0xff, 0x90], `${at}`);
    const length = 417 + (bytes[at + 2]! >> 1 & 1);
    frames.push(bytes.slice(at, at + length));
    at += length;
  }
  return frames;
}

function chunksOf(frames: Uint8Array[], title: string): MountChunk[] {
  return frames.map((data, i) => ({
    data,
    durationMs: 1152 * 1000 / 44_100,
    header: new Uint8Array(0),
    ...(i === 0 ? { title } : {}),
  }));
}

/** A station on the air, its frames again and again until it is closed. */
class Station implements AsyncDisposable {
  readonly mount = new Mount({
    path: "/stream.mp3",
    contentType: "audio/mpeg",
    name: NAME,
    genre: "Test",
    bitrate: 128_000,
    clock: systemClock,
  });
  readonly table = new MountTable();
  readonly #stop = new AbortController();
  #feeding = Promise.resolve();

  private constructor(readonly front: Front, readonly url: string) {}

  static async open(): Promise<Station> {
    const routes = (table: MountTable) =>
      mountRoutes(table, { clock: systemClock });
    const table = new MountTable();
    const front = await Front.listen({
      routes: routes(table),
      hostname: "127.0.0.1",
      port: 0,
      clock: systemClock,
    });
    const station = new Station(front, `${front.url}stream.mp3`);
    table.add(station.mount);
    return station;
  }

  /** Sends the frames once, then ends the mount. */
  async playOnce(frames: Uint8Array[]): Promise<void> {
    const chunks = ReadableStream.from(chunksOf(frames, TITLE));
    await pace(chunks, this.mount, { clock: fastClock, leadMs: 5000 });
    this.mount.close();
  }

  /** Sends the frames until the station is closed. */
  playForEver(frames: Uint8Array[]): void {
    function* endless() {
      while (true) yield* chunksOf(frames, TITLE);
    }
    this.#feeding = pace(ReadableStream.from(endless()), this.mount, {
      clock: fastClock,
      signal: this.#stop.signal,
      leadMs: 5000,
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#feeding;
    await this.front.close();
  }
}

function joined(frames: Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(
    frames.reduce((sum, { length }) => sum + length, 0),
  );
  let at = 0;
  for (const frame of frames) {
    whole.set(frame, at);
    at += frame.length;
  }
  return whole;
}

Deno.test({
  name:
    "curl gets every byte of the frames, with and without metadata between them",
  ignore: programs("curl", "ffmpeg").ignore,
  fn: async () => {
    const frames = await makeFrames(10);
    await using station = await Station.open();
    const plain = run(curl.required(), ["-s", station.url]);
    const icy = run(curl.required(), [
      "-s",
      "-H",
      "Icy-MetaData: 1",
      station.url,
    ]);
    while (station.mount.listeners < 2) await systemClock.sleep(5);
    await station.playOnce(frames);
    const whole = joined(frames);
    assertEquals((await plain).bytes, whole);
    const parts = deinterleave((await icy).bytes, ICY_METADATA_INTERVAL_BYTES);
    assertEquals(parts.audio, whole);
    assertEquals(parts.titles.length, 1);
    assertEquals(streamTitle(parts.titles[0]!.text), SHOWN);
  },
});

Deno.test({
  name:
    "ffprobe tells the station's name, genre, bitrate and the title of the moment",
  ignore: programs("ffprobe", "ffmpeg").ignore,
  fn: async () => {
    const frames = await makeFrames(5);
    await using station = await Station.open();
    station.playForEver(frames);
    const { stdout, stderr } = await run(ffprobe.required(), [
      ..."-v error -of json -show_format -show_streams".split(" "),
      station.url,
    ]);
    assertEquals(stderr, "");
    const { format, streams } = JSON.parse(stdout);
    assertEquals(format.tags["icy-name"], NAME);
    assertEquals(format.tags["icy-genre"], "Test");
    assertEquals(format.tags["icy-br"], "128");
    assertEquals(format.tags.StreamTitle, SHOWN);
    assertEquals(streams[0].codec_name, "mp3");
  },
});

Deno.test({
  name: "ffmpeg copies the frames out of the stream unchanged",
  ignore: programs("ffmpeg").ignore,
  fn: async () => {
    const frames = await makeFrames(10);
    await using station = await Station.open();
    const bare = "-c copy -write_xing 0 -id3v2_version 0 -map_metadata -1";
    const args = `-v error -i ${station.url} ${bare} -f mp3 -`.split(" ");
    const copying = run(ffmpeg.required(), args);
    while (station.mount.listeners < 1) await systemClock.sleep(5);
    await station.playOnce(frames);
    assertEquals((await copying).bytes, joined(frames));
  },
});

Deno.test({
  name: "mpv plays the stream, also by its playlists, and shows the title",
  ignore: programs("mpv", "ffmpeg").ignore,
  fn: async () => {
    const frames = await makeFrames(5);
    await using station = await Station.open();
    station.playForEver(frames);
    for (const suffix of ["", ".m3u", ".pls"]) {
      const quiet = "--no-config --ao=null --vo=null --no-video";
      const args = `${quiet} --msg-level=all=v --term-status-msg=`.split(" ");
      await using player = start(mpv.required(), [
        ...args,
        station.url + suffix,
      ]);
      await player.waitFor(/Starting playback/);
      const [, title] = await player.waitFor(/icy-title: (.*)/);
      assertEquals(title, SHOWN);
    }
  },
});
