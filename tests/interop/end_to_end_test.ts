/**
 * A whole broadcast by separate processes: an origin that no one here wrote, a
 * gateway, three listeners, and players that no one here wrote on all three
 * streams. What comes out are the frames of the source files, byte for byte.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import {
  alluvium,
  type Listener,
  startGateway,
  startListeners,
} from "../support/alluvium.ts";
import {
  isSilentMp3,
  isSilentOpus,
  mp3Frames,
  opusPackets,
  place,
  type Placed,
} from "../support/frames.ts";
import type { MediaSpec } from "../support/media.ts";
import { playWithMpv, probeStream, receive } from "../support/players.ts";
import { programs } from "../support/programs.ts";
import {
  secondsFromNow,
  startStation,
  type Station,
} from "../support/station.ts";

const OTHERS = ["nginx", "ffmpeg", "ffprobe", "mpv", "curl"];

const RISING: MediaSpec = {
  seconds: 60,
  title: "Rising Water",
  creator: "Noise & Sons",
};

/** Fewer bytes than this are a joint or a cut, not a broadcast. */
const FRAMES_MIN = 100;

/** What players show. */
const SHOWN = "Noise & Sons - Rising Water";

/** Lets ffprobe, mpv and curl at a stream at the same time. */
async function playedBy(url: string, seconds: number) {
  const [probed, title, received] = await Promise.all([
    probeStream(url),
    playWithMpv(url, 2),
    receive(url, seconds),
  ]);
  return { probed, title, audio: received.audio };
}

/** One run of frames, silence and nothing else. */
function assertOneRun({ runs, foreign }: Placed): void {
  assertEquals(foreign, 0, "frames that are in no file");
  assertEquals(runs.length, 1, `runs of frames: ${JSON.stringify(runs)}`);
  assert(runs[0]![2] > FRAMES_MIN, `only ${runs[0]![2]} frames`);
}

/** All three streams play, and are the file's frames. */
async function assertMp3(listeners: Listener[], source: Uint8Array) {
  const frames = mp3Frames(source);
  const all = await Promise.all(listeners.map(({ mp3 }) => playedBy(mp3, 6)));
  for (const { probed, title, audio } of all) {
    assertEquals(probed, { codec: "mp3", title: SHOWN });
    assertEquals(title, SHOWN);
    assertOneRun(place(mp3Frames(audio), [frames], isSilentMp3));
  }
}

/** One item that began a while ago and is on for as long as the test lasts. */
function onAir(station: Station, file: string, gateways: string[]) {
  const items = [{ file, startMs: secondsFromNow(-10) }];
  return station.publish({ gateways, items });
}

Deno.test({
  name:
    "ffprobe and mpv play what three listeners fetched from nginx and each other, frame for frame the source",
  ignore: programs(...OTHERS).ignore,
  fn: async () => {
    await using gateway = await startGateway();
    await using station = await startStation({ files: { "a.mp3": RISING } });
    const made = await alluvium(
      ...["broadcast", station.root, "--base-url", station.url],
      ...["--gateway", gateway.url, "--start", "now"],
    );
    assertEquals(made.code, 0, made.stderr);
    const playlist = `${station.url}playlist.rss`;
    await using listeners = await startListeners(3, playlist);
    await assertMp3(listeners, station.bytes("a.mp3"));
  },
});

Deno.test({
  name:
    "an origin that knows no Range is read straight through once, and the listeners share what came",
  ignore: programs("python3", ...OTHERS.slice(1)).ignore,
  fn: async () => {
    await using gateway = await startGateway();
    await using station = await startStation({
      files: { "a.mp3": RISING },
      server: "python",
    });
    const playlist = await onAir(station, "a.mp3", [gateway.url]);
    await using listeners = await startListeners(3, playlist);
    const source = station.bytes("a.mp3");
    await assertMp3(listeners, source);
    const totals = await Promise.all(listeners.map((one) => one.status()));
    const given = totals.filter(({ swarm }) => swarm.bytesFromPeers > 0);
    assert(given.length >= 2, JSON.stringify(totals.map((t) => t.swarm)));
    const read = station.server.stderr.match(/"GET \/a\.mp3 /g) ?? [];
    assert(read.length <= 2, station.server.stderr);
  },
});

Deno.test({
  name:
    "ffprobe and mpv play Opus from three listeners, packet for packet the source",
  ignore: programs(...OTHERS).ignore,
  fn: async () => {
    await using gateway = await startGateway();
    await using station = await startStation({
      files: { "a.opus": { ...RISING, codec: "opus" } },
    });
    const playlist = await onAir(station, "a.opus", [gateway.url]);
    await using listeners = await startListeners(3, playlist);
    const packets = opusPackets(station.bytes("a.opus"));
    const all = await Promise.all(listeners.map(({ ogg }) => playedBy(ogg, 6)));
    for (const { probed, title, audio } of all) {
      assertEquals(probed, { codec: "opus", title: RISING.title });
      assertEquals(title, RISING.title);
      assertOneRun(place(opusPackets(audio), [packets], isSilentOpus));
    }
  },
});
