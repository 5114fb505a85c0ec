/**
 * A live show comes and goes while a hundred listeners are on, curl and mpv:
 * ffmpeg as source is killed and brought back, the programme in between, ten
 * times over.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { systemClock } from "../../lib/clock.ts";
import { pace } from "../../lib/icecast/pacer.ts";
import { createMountWriter } from "../../lib/media/mount.ts";
import type { MountChunk } from "../../lib/media/packet.ts";
import { ADMIN, ServerRig } from "../icecast/server_rig.ts";
import { type Child, start } from "../support/processes.ts";
import { program, programs } from "../support/programs.ts";
import { mp3Frames } from "../support/frames.ts";
import { run } from "../support/processes.ts";
import { tempFolder } from "../support/temp.ts";
import { MpvWitness } from "./mpv_witness.ts";
import { deinterleave, streamTitle } from "../icecast/deinterleave.ts";
import { ICY_METADATA_INTERVAL_BYTES } from "../../lib/limits.ts";

const LISTENERS = 100;
const PLAYERS = 5;
const ROUNDS = 10;

/** Seconds after which curl goes by itself; the test ends it before. */
const FOR_EVER = "3600";

/** How long one step may take where much else runs, in ms. */
const PATIENCE_MS = 60_000;

/** The programme: MP3 by ffmpeg, a new title every second, for ever. */
async function* programme(): AsyncGenerator<MountChunk> {
  const make =
    `-v error -f lavfi -i sine=frequency=220 -t 4 -ac 2 -c:a libmp3lame -b:a 320k -write_xing 0 -f mp3 -`;
  const { bytes } = await run(program("ffmpeg").required(), make.split(" "));
  const writer = createMountWriter("mp3");
  const info = {
    codec: "mp3" as const,
    sampleRate: 44_100,
    channels: 2,
    bitrate: 320_000,
    headers: [],
  };
  for (let n = 1;; n++) {
    yield* writer.begin(info, { title: `Song ${n}` });
    for (const data of mp3Frames(bytes)) {
      yield* writer.write({ data, durationSamples: 1152 });
    }
  }
}

async function until(holds: () => boolean, what: string): Promise<void> {
  const untilMs = systemClock.monotonic() + PATIENCE_MS;
  while (!holds() && systemClock.monotonic() < untilMs) {
    await systemClock.sleep(25);
  }
  assert(holds(), what);
}

Deno.test({
  name:
    "a source is killed and brought back ten times: no listener of a hundred is disconnected, every title is right",
  ignore: programs("ffmpeg", "curl", "mpv", "python3").ignore,
  fn: async () => {
    await using rig = await ServerRig.open({ clock: systemClock });
    const mount = rig.addMount();
    const stop = new AbortController();
    const playing = pace(ReadableStream.from(programme()), mount, {
      clock: systemClock,
      signal: stop.signal,
    });
    await until(() => mount.title !== "", "the programme is on");
    const url = `${rig.front.url}stream.mp3`;
    const watch = start(program("curl").required(), [
      ...["-s", "-S", "--max-time", FOR_EVER, "-H", "Icy-MetaData: 1"],
      ...["-o", "/dev/null", url],
    ]);
    await using _watch = watch;
    await using stack = new AsyncDisposableStack();
    const folder = stack.use(await tempFolder());
    const players = Array.from(
      { length: PLAYERS },
      (_, i) => stack.use(new MpvWitness(url, `${folder.path}/mpv${i}`)),
    );
    // Each curl process opens many connections, so that it stays a test's size.
    const crowd: Child[] = [];
    const rest = LISTENERS - PLAYERS - 1;
    for (let left = rest; left > 0; left -= 47) {
      const count = Math.min(47, left);
      const urls = Array.from(
        { length: count },
        () => ["-o", "/dev/null", url],
      );
      const args = [
        "-s",
        "-Z",
        "--parallel-immediate",
        "--parallel-max",
        "50",
        "--max-time",
        FOR_EVER,
      ];
      const child = start(program("curl").required(), [
        ...args,
        ...urls.flat(),
      ]);
      crowd.push(stack.use(child));
    }
    await until(() => mount.listeners === LISTENERS, "all are on");
    const witness = await Witness.connect(rig.front.port);
    for (let round = 1; round <= ROUNDS; round++) {
      await playShow(rig, round);
      await until(() => mount.heard === "programme", "the programme goes on");
      await until(() => /^Song \d+$/.test(mount.title), "its title");
      // Long enough on the air for every player to be told.
      const before = mount.bytesReceived;
      await until(() => mount.bytesReceived - before > 20_000, "it is heard");
      assertEquals(mount.listeners, LISTENERS + 1, `round ${round}`);
    }
    const titles = await witness.leave();
    const last = `Show ${ROUNDS}`;
    await until(
      () => players.every((x) => x.titles.includes(last)),
      "every player has shown the last title",
    );
    assertEquals([mount.slowListeners, mount.listenerConnections], [
      0,
      LISTENERS + 1,
    ]);
    assert([watch, ...crowd].every((child) => child.running));
    assert(players.every((x) => x.playsOn));
    const shows = Array.from({ length: ROUNDS }, (_, i) => `Show ${i + 1}`);
    for (const told of [titles, ...players.map((x) => x.titles)]) {
      assertEquals(told.filter((x) => x.startsWith("Show")), shows);
      assert(told.every((x) => /^(Song|Show) \d+$/.test(x)), told.join());
    }
    stop.abort();
    await playing;
  },
});

/** One live show: comes, is told its title, is heard, is killed. */
async function playShow(rig: ServerRig, round: number): Promise<void> {
  const to = `icecast://source:hackme@127.0.0.1:${rig.front.port}/stream.mp3`;
  const args =
    `-v error -re -f lavfi -i sine=frequency=880 -ac 2 -c:a libmp3lame -b:a 320k -content_type audio/mpeg -ice_name`;
  await using source = start(program("ffmpeg").required(), [
    ...args.split(" "),
    `Show ${round}`,
    ...["-f", "mp3", to],
  ]);
  const mount = rig.mounts.get("/stream.mp3")!;
  await until(() => mount.heard === "live", `show ${round} is heard`);
  const update = `/admin/metadata?mount=/stream.mp3&mode=updinfo&song=`;
  const song = encodeURIComponent(`Show ${round}`);
  await (await rig.get(update + song, ADMIN)).body?.cancel();
  assertEquals(mount.title, `Show ${round}`);
  const before = mount.bytesReceived;
  await until(() => mount.bytesReceived - before > 20_000, "it is heard");
  source.kill("SIGKILL");
  await source.ended;
}

/** A listener that keeps all it gets. */
class Witness {
  readonly #received: Uint8Array[] = [];
  readonly #reading: Promise<void>;

  private constructor(private readonly conn: Deno.TcpConn) {
    this.#reading = this.#read();
  }

  static async connect(port: number): Promise<Witness> {
    const conn = await Deno.connect({ port, hostname: "127.0.0.1" });
    const request = "GET /stream.mp3 HTTP/1.0\r\nIcy-MetaData: 1\r\n\r\n";
    await conn.write(new TextEncoder().encode(request));
    return new Witness(conn);
  }

  /** Every title it was told, in order; throws where the stream is broken. */
  async leave(): Promise<string[]> {
    this.conn.close();
    await this.#reading;
    const all = new Uint8Array(
      await new Blob(this.#received as BlobPart[]).arrayBuffer(),
    );
    const head = new TextDecoder("latin1").decode(all).indexOf("\r\n\r\n") + 4;
    const interval = ICY_METADATA_INTERVAL_BYTES;
    let end = head;
    while (end + interval < all.length) {
      const next = end + interval + 1 + all[end + interval]! * 16;
      if (next > all.length) break;
      end = next;
    }
    const { titles, audio } = deinterleave(all.slice(head, end), interval);
    assert(mp3Frames(audio.slice(0, audio.length - 2000)).length > 100);
    return titles.map(({ text }) => streamTitle(text));
  }

  async #read(): Promise<void> {
    const buffer = new Uint8Array(65_536);
    try {
      for (;;) {
        const count = await this.conn.read(buffer);
        if (count === null) return;
        this.#received.push(buffer.slice(0, count));
      }
    } catch {
      // Left.
    }
  }
}
