/**
 * What the tuner does when one of its limits is exceeded.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { AlluviumError } from "../../lib/errors.ts";
import {
  AIRING_QUEUE_PACKETS,
  AIRING_RETRY_MS,
  AIRING_RETRY_MS_MAX,
  OPEN_AHEAD_MS,
  SILENCE_CALL_MS,
  STATION_MOUNTS_MAX,
  TRACK_AHEAD_MS,
} from "../../lib/limits.ts";
import type { MountWriter } from "../../lib/media/mount_writer.ts";
import type { TrackInfo } from "../../lib/media/packet.ts";
import { Airing } from "../../lib/tuner/airing.ts";
import { Feeds } from "../../lib/tuner/feeds.ts";
import { MountFeed } from "../../lib/tuner/mount_feed.ts";
import { FakeClock, settle } from "../support/fakeclock.ts";
import {
  FakeOrigin,
  FakeStation,
  openFakeTrack,
  PACKET_MS,
} from "./station.ts";

const URL_OF_FILE = "http://station.test/a";

const INFO: TrackInfo = {
  codec: "mp3",
  sampleRate: 48_000,
  channels: 2,
  bitrate: 128_000,
  headers: [],
};

/** A writer that takes one set of parameters and remembers how much silence it was asked for. */
class PickyWriter implements MountWriter {
  readonly contentType = "audio/mpeg";
  readonly extension = "mp3";
  readonly heldMs = 0;
  readonly asked: number[] = [];
  #rate: number | undefined;

  accepts({ sampleRate }: TrackInfo): boolean {
    this.#rate ??= sampleRate;
    return sampleRate === this.#rate;
  }
  begin = () => [];
  write = () => [];
  end = () => [];
  silence(durationMs: number) {
    this.asked.push(durationMs);
    return [{ data: new Uint8Array(1), durationMs }];
  }
}

function feedOf(writer: MountWriter): MountFeed {
  return new MountFeed("/stream.mp3", writer, { write: () => {} }, 0);
}

function airingOf(origin: FakeOrigin, clock: FakeClock): Airing {
  const slot = {
    kind: "item" as const,
    item: { url: URL_OF_FILE, title: "a", durationMs: 60_000 },
    startMs: clock.now(),
    endMs: clock.now() + 60_000,
  };
  return new Airing(slot, 0, clock.now(), {
    opener: origin,
    gateways: [],
    clock,
    offsetMs: () => 0,
    onChange: () => {},
    openTrack: openFakeTrack(origin.files),
  });
}

async function settleAll(): Promise<void> {
  for (let i = 0; i < 1000; i++) await settle();
}

Deno.test("a station has no more mounts than its limit", () => {
  const feeds = new Feeds(() => feedOf(new PickyWriter()));
  const made = Array.from(
    { length: STATION_MOUNTS_MAX + 1 },
    (_, i) => {
      const info = { ...INFO, sampleRate: 8000 + i };
      const feed = feeds.for(info, 0);
      feed?.accepts(info);
      return feed;
    },
  );
  assertEquals(made.at(-1), undefined);
  assertEquals(feeds.all.length, STATION_MOUNTS_MAX);
});

Deno.test("silence is asked for in pieces of a bounded length", () => {
  const writer = new PickyWriter();
  const feed = feedOf(writer);
  feed.silenceUntil(3.5 * SILENCE_CALL_MS);
  assertEquals(feed.atMs, 3.5 * SILENCE_CALL_MS);
  assertEquals(Math.max(...writer.asked), SILENCE_CALL_MS);
});

Deno.test("an airing reads no more packets ahead than its queue holds", async () => {
  const clock = new FakeClock();
  const origin = new FakeOrigin();
  origin.files.set(URL_OF_FILE, { durationMs: 60_000 });
  const airing = airingOf(origin, clock);
  await settleAll();
  airing.seek(0);
  await settleAll();
  assertEquals(airing.readMs, AIRING_QUEUE_PACKETS * PACKET_MS);
  airing.take();
  await settleAll();
  assertEquals(airing.readMs, (AIRING_QUEUE_PACKETS + 1) * PACKET_MS);
  airing.close();
});

Deno.test("pauses between tries grow up to their limit", async () => {
  const clock = new FakeClock();
  const origin = new FakeOrigin();
  const openError = new AlluviumError("media-unreachable", "Refused");
  origin.files.set(URL_OF_FILE, { durationMs: 60_000, openError });
  const airing = airingOf(origin, clock);
  const triesIn = async (ms: number) => {
    const before = origin.opened.length;
    await clock.advance(ms);
    return origin.opened.length - before;
  };
  await settleAll();
  assertEquals(await triesIn(AIRING_RETRY_MS), 1);
  assertEquals(await triesIn(AIRING_RETRY_MS), 0);
  await triesIn(20 * AIRING_RETRY_MS_MAX);
  assertEquals(await triesIn(10 * AIRING_RETRY_MS_MAX), 10);
  airing.close();
  await settleAll();
  assertEquals(clock.waiting, 0);
});

Deno.test("an item far away is not opened, and one to come is not read yet", async () => {
  const farMs = 10_000 + OPEN_AHEAD_MS + 60_000;
  const station = new FakeStation(10_000)
    .add("a", farMs, { durationMs: 2000 }).tune();
  await station.pass(1000);
  assertEquals(station.origin.opened.length, 0);
  station.clock.jump(60_000);
  await station.pass(1000);
  assertEquals(station.origin.opened.length, 1);
  assertEquals(station.origin.reads, 0);
  station.clock.jump(OPEN_AHEAD_MS - TRACK_AHEAD_MS);
  await station.pass(1000);
  assert(station.origin.reads > 0);
  station.player.close();
});
