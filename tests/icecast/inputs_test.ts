import { assert, assertEquals } from "@std/assert";
import { Mount } from "../../lib/icecast/mount.ts";
import { concatBytes } from "../../lib/media/bytes.ts";
import { writePages } from "../../lib/media/ogg/page.ts";
import { OggPageParser } from "../../lib/media/ogg/page_parser.ts";
import { createMountWriter } from "../../lib/media/mount.ts";
import type { MountWriter } from "../../lib/media/mount_writer.ts";
import type { MountChunk } from "../../lib/media/packet.ts";
import { makeFrames, makeOpusPackets, opusInfo } from "../media/synthetic.ts";
import { FakeClock } from "../support/fakeclock.ts";
import { isSilentMp3, mp3Frames, oggStreams } from "../support/frames.ts";
import { FakePlayer } from "./fake_player.ts";

const clock = new FakeClock();

function mountOf(contentType: string): Mount {
  return new Mount({ path: "/m", contentType, name: "M", clock });
}

/** A player that hears all from here on. */
function listen(mount: Mount): FakePlayer {
  const player = new FakePlayer();
  mount.attach(player, {
    icy: false,
    remoteAddress: "192.0.2.1",
    userAgent: "",
    connectedAtMs: 0,
    counts: true,
  });
  return player;
}

function chunk(text: string, title?: string): MountChunk {
  return {
    data: new TextEncoder().encode(text),
    durationMs: 300,
    header: new Uint8Array(0),
    ...(title === undefined ? {} : { title }),
  };
}

const heardBy = (player: FakePlayer) =>
  new TextDecoder().decode(player.received);

Deno.test("a live show is heard instead of the programme, and the programme again when it rests", () => {
  const mount = mountOf("audio/x-any");
  const player = listen(mount);
  const live = mount.open("live");
  mount.push(chunk("a", "Song A"));
  live.setTitle("Show");
  live.push(chunk("1"));
  assertEquals([mount.heard, mount.title], ["live", "Show"]);
  mount.push(chunk("b", "Song B"));
  live.push(chunk("2"));
  assertEquals(mount.title, "Show");
  live.rest();
  mount.push(chunk("c"));
  assertEquals([mount.heard, mount.title], ["programme", "Song B"]);
  live.push(chunk("3"));
  assertEquals(mount.title, "Show");
  assertEquals(heardBy(player), "a12c3");
  assertEquals(mount.listeners, 1);
});

Deno.test("a change waits for a place where a listener may start", () => {
  const mount = mountOf("audio/x-any");
  const player = listen(mount);
  const live = mount.open("live");
  mount.push(chunk("a"));
  live.push({ data: new Uint8Array([65]), durationMs: 300 });
  assertEquals(mount.heard, "programme");
  live.push(chunk("B"));
  assertEquals(heardBy(player), "aB");
});

Deno.test("a fallback is heard while nothing else is, with its title, and never in a circle", () => {
  const [a, b] = [mountOf("audio/x-any"), mountOf("audio/x-any")];
  b.push(chunk("x", "Other"));
  assert(a.fallBackTo(b));
  assertEquals(b.fallBackTo(a), false);
  assertEquals(a.fallBackTo(mountOf("audio/mpeg")), false);
  const player = listen(a);
  b.push(chunk("1"));
  assertEquals([a.heard, a.title], ["fallback", "Other"]);
  a.push(chunk("own", "Own"));
  b.push(chunk("2", "Next"));
  assertEquals(heardBy(player), "1own");
  assertEquals([a.title, b.listeners], ["Own", 0]);
  a.fallBackTo(undefined);
  assertEquals(a.hasFallback, false);
});

/** Chunks of one writer, of `count` MP3 frames that refer back. */
function mp3Chunks(count: number, seed: number): MountChunk[] {
  const writer = createMountWriter("mp3");
  const frames = makeFrames(count, { seed });
  for (const frame of frames.slice(1)) frame[4] = 0x40; // 128 bytes back
  const info = { codec: "mp3", sampleRate: 44_100, channels: 2 } as const;
  return [
    ...writer.begin({ ...info, bitrate: 128_000, headers: [] }),
    ...frames.flatMap((data) => writer.write({ data, durationSamples: 1152 })),
    ...writer.end(),
  ];
}

Deno.test("MP3: frames whose bytes were never sent are muted after a change, all others go through", () => {
  const mount = mountOf("audio/mpeg");
  const player = listen(mount);
  const live = mount.open("live");
  const programme = mp3Chunks(30, 1);
  const show = mp3Chunks(30, 2);
  mount.push(programme[0]!);
  live.push(show[2]!);
  live.push(show[3]!);
  live.rest();
  mount.push(programme[4]!);
  mount.close();
  const sent = [programme[0]!, show[2]!, show[3]!, programme[4]!].map((x) =>
    x.data
  );
  const expected = mp3Frames(concatBytes(sent));
  const received = mp3Frames(player.received);
  assertEquals(received.length, expected.length);
  const different = received.flatMap((frame, i) =>
    frame.every((byte, at) => byte === expected[i]![at]) ? [] : [i]
  );
  const framesOf = (count: number) =>
    mp3Frames(concatBytes(sent.slice(0, count))).length;
  assertEquals(different, [framesOf(1), framesOf(3)]);
  for (const joint of different) assert(isSilentMp3(received[joint]!));
});

function opus(writer: MountWriter, count: number, title: string): MountChunk[] {
  const packets = makeOpusPackets(count, title.length);
  return [
    ...writer.begin(opusInfo(), { title }),
    ...packets.flatMap((packet) => writer.write(packet)),
  ];
}

Deno.test("Ogg: a cut link is closed, the next begins with its headers, no serial comes twice", () => {
  const mount = mountOf("audio/ogg");
  const player = listen(mount);
  const live = mount.open("live");
  const programme = createMountWriter("opus");
  const first = opus(programme, 60, "One");
  for (const x of first) mount.push(x);
  for (const x of opus(createMountWriter("opus"), 60, "Show")) live.push(x);
  live.rest();
  for (const packet of makeOpusPackets(60)) {
    for (const x of programme.write(packet)) mount.push(x);
  }
  const late = listen(mount);
  for (const x of opus(programme, 60, "Two")) mount.push(x);
  for (const x of programme.end()) mount.push(x);
  mount.close();
  for (const { received } of [player, late]) {
    const pages = new OggPageParser().push(received);
    assertEquals(pages.reduce((sum, x) => sum + x.bytes, 0), received.length);
    const links = pages.filter((page) => page.first).map((x) => x.serial);
    assertEquals(new Set(links).size, links.length);
    // Each link is whole: opened, in order, closed before the next one.
    const ends = pages.filter((page) => page.last).map((x) => x.serial);
    assertEquals(ends, links);
    for (const serial of links) {
      const own = pages.filter((page) => page.serial === serial);
      const headers = oggStreams(received).length;
      assert(own[0]!.first && own.at(-1)!.last && headers === links.length);
    }
  }
  const titles = oggStreams(player.received).map(({ packets }) =>
    /TITLE=(\w+)/i.exec(new TextDecoder().decode(packets[1]))?.[1]
  );
  assertEquals(titles, ["One", "Show", "One", "Two"]);
});

/** A link of two streams, one chunk for its headers and one for each page. */
function twoStreams(serials: [number, number], pages: number): MountChunk[] {
  const page = (serial: number, sequence: number) =>
    writePages([{
      data: new Uint8Array([serial, sequence]),
      granule: sequence,
    }], {
      serial,
      sequence,
      first: sequence === 0,
    }).bytes;
  const header = concatBytes(serials.map((serial) => page(serial, 0)));
  const rest = Array.from({ length: pages }, (_, i): MountChunk => ({
    data: page(serials[i % 2]!, 1 + (i >> 1)),
    durationMs: 300,
    header,
  }));
  return [{ data: header, durationMs: 0, header: new Uint8Array(0) }, ...rest];
}

Deno.test("Ogg of several streams: all of them are closed at a change, and named anew together", () => {
  const mount = mountOf("video/ogg");
  const player = listen(mount);
  const live = mount.open("live");
  const programme = twoStreams([1, 2], 12);
  for (const x of programme.slice(0, 7)) mount.push(x);
  for (const x of twoStreams([1, 2], 6)) live.push(x);
  live.rest();
  for (const x of programme.slice(7)) mount.push(x);
  const late = listen(mount);
  mount.close();
  const pages = new OggPageParser().push(player.received);
  const links = pages.filter((page) => page.first).map((x) => x.serial);
  assertEquals([links.length, new Set(links).size], [6, 6]);
  const closed = pages.filter((page) => page.last).map((x) => x.serial);
  assertEquals(closed, links.slice(0, 4));
  for (const serial of links) {
    const own = pages.filter((page) => page.serial === serial);
    assertEquals(own[0]!.first, true);
    const of = own.filter((x) => x.body.length > 0).map((x) => x.body[0]);
    assertEquals(new Set(of).size, 1);
  }
  const heard = new OggPageParser().push(late.received);
  assertEquals(heard.slice(0, 2).map((x) => x.first), [true, true]);
  const known = new Set(heard.filter((x) => x.first).map((x) => x.serial));
  assert(heard.every((page) => known.has(page.serial)));
});
