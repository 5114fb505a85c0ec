/**
 * A station on the air for hours of simulated time: real files in memory through
 * the tuner's own airings and writers into mounts and HLS, a clock that the
 * simulation moves. Tells how far the stream was off and how the heap grew.
 *
 * @module
 */
import { Duplex } from "node:stream";
import { HlsTable } from "../../lib/icecast/hls/hls_table.ts";
import { Mount } from "../../lib/icecast/mount.ts";
import { MOUNT_LEAD_MS } from "../../lib/limits.ts";
import { concatBytes } from "../../lib/media/bytes.ts";
import { createMountWriters } from "../../lib/media/mount.ts";
import { openTrack } from "../../lib/media/open.ts";
import type { MountChunk, Packet, TrackInfo } from "../../lib/media/packet.ts";
import { kindOf } from "../../lib/media/pairing.ts";
import { fromBytes } from "../../lib/media/random_access.ts";
import type { Item } from "../../lib/playlist/playlist.ts";
import { Programme } from "../../lib/schedule/programme.ts";
import { Airing } from "../../lib/tuner/airing.ts";
import { Feeds } from "../../lib/tuner/feeds.ts";
import { MountFeed } from "../../lib/tuner/mount_feed.ts";
import { StationPlayer } from "../../lib/tuner/station_player.ts";
import {
  AAC_INFO,
  H264_INFO,
  makeAacPackets,
  streamOf,
  VP8_INFO,
  withPictures,
} from "../media/container_files.ts";
import {
  makeFrames,
  makeOpusPackets,
  oggFile,
  opusInfo,
} from "../media/synthetic.ts";
import { FakeClock, settle } from "../support/fakeclock.ts";
import { MemoryOpener } from "./memory_opener.ts";

/** Times that packets are let come before a step counts as late. */
const TURNS_MAX = 20;

/** Files that are made for it; each feeds every mount of its kind. */
export const KINDS = ["mp3", "aac", "opus", "h264", "vp8"] as const;

/** One of them. */
export type Kind = typeof KINDS[number];

/** What to simulate. */
export interface SimulationOptions {
  kind: Kind;
  hours: number;
  /** Length of an item in ms; one that is longer than a minute repeats its packets. */
  itemMs: number;
  /** Milliseconds between two polls. @default {500} */
  stepMs?: number;
  /** Bytes of a picture, 25 of which come a second. @default {400} */
  pictureBytes?: number;
  /** Players on each mount. @default {0} */
  listeners?: number;
}

/** What came of it. */
export interface Simulated {
  /** The most by which a mount was not where the clock was, in ms. */
  driftMs: number;
  /** The most by which an item was off its place in the schedule, in ms. */
  offMs: number;
  /** Joints that took up what was off. */
  corrections: number;
  /** Bytes that the players got. */
  bytes: number;
  /** Titles sent on the first mount. */
  titles: number;
  /** Play time sent on each mount less the time that passed, in ms, and what is held back. */
  lanesMs: number[];
  /** Used heap in MiB at 24 moments evenly apart. */
  heapMib: number[];
}

/** Packets a file of a kind is made of, and their length in ms. */
function packetsOf(
  kind: Kind,
  ms: number,
  pictureBytes?: number,
): [TrackInfo, Packet[], number] {
  const count = (each: number) => Math.round(ms / each);
  const aac = 1024 / 44.1;
  switch (kind) {
    case "mp3": {
      const each = 1152 / 44.1;
      const frames = makeFrames(count(each));
      const info = { codec: "mp3", sampleRate: 44100, channels: 2 } as const;
      return [
        { ...info, bitrate: 128_000, headers: [] },
        frames.map((data) => ({ data, durationSamples: 1152 })),
        each,
      ];
    }
    case "opus":
      return [opusInfo(), makeOpusPackets(count(20)), 20];
    case "vp8":
      return [
        VP8_INFO,
        withPictures(makeOpusPackets(count(20)), 20, pictureBytes),
        20,
      ];
    case "aac":
      return [AAC_INFO, makeAacPackets(count(aac)), aac];
    case "h264":
      return [
        H264_INFO,
        withPictures(makeAacPackets(count(aac)), aac, pictureBytes),
        aac,
      ];
  }
}

function fileOf(kind: Kind, info: TrackInfo, packets: Packet[]): Uint8Array {
  if (kind === "mp3") return concatBytes(packets.map(({ data }) => data));
  if (kind === "opus") return oggFile([packets]);
  return streamOf(createMountWriters(kindOf(info))[0]!, info, packets);
}

/** A track that repeats some packets until it is long enough. */
function endless(info: TrackInfo, packets: Packet[], ms: number) {
  const total = ms / 1000 * info.sampleRate;
  return () => {
    let at = 0;
    let sent = 0;
    const stream = new ReadableStream<Packet>({
      pull(controller) {
        if (sent >= total) return controller.close();
        const packet = packets[at++ % packets.length]!;
        sent += packet.durationSamples;
        controller.enqueue(packet);
      },
    }, { highWaterMark: 0 });
    return Promise.resolve({ info, startMs: 0, packets: stream });
  };
}

/** Where the chunks of one mount go, and how much play time that was. */
class Lane {
  playedMs = 0;
  titles = 0;

  constructor(
    readonly push: (chunk: MountChunk, atMs: number) => void,
    readonly bytes: () => number,
  ) {}

  write(chunk: MountChunk, atMs: number): void {
    this.playedMs += chunk.durationMs;
    if (chunk.title !== undefined) this.titles++;
    this.push(chunk, atMs);
  }
}

/** Runs it. */
export async function simulate(options: SimulationOptions): Promise<Simulated> {
  const { kind, hours, itemMs, stepMs = 500, listeners = 0 } = options;
  const clock = new FakeClock(0);
  const lanes: Lane[] = [];
  const feeds: MountFeed[] = [];
  const { programme, open } = await stationOf(options, clock);
  const player = new StationPlayer(programme, 0, {
    feeds: new Feeds((kind, _number, startMs) => {
      const writers = createMountWriters(kind);
      const feed = feedOf(writers, lanes, clock, startMs, listeners);
      feeds.push(feed);
      return feed;
    }),
    open,
    fromStart: false,
    onFailure: ({ slot }) => {
      throw new Error(`${slot.item.url} of ${kind}, ${itemMs} ms failed`);
    },
  });
  const result = { driftMs: 0, offMs: 0, heapMib: [] as number[] };
  const steps = Math.round(hours * 3_600_000 / stepMs);
  const startMs = await firstPacket(player, clock, feeds);
  for (let i = 0; i < steps; i++) {
    await clock.advance(stepMs);
    for (let turn = 0; turn < TURNS_MAX; turn++) {
      player.poll(clock.now());
      await settle();
      if (feeds[0]!.atMs >= clock.now() + MOUNT_LEAD_MS) break;
    }
    const drift = feeds[0]!.atMs - clock.now() - MOUNT_LEAD_MS;
    result.driftMs = Math.max(result.driftMs, Math.abs(drift));
    const { offMs = 0 } = player.onAir.timing;
    result.offMs = Math.max(result.offMs, Math.abs(offMs));
    if (i % Math.ceil(steps / 24) === 0) result.heapMib.push(heap());
  }
  const { corrections } = player.onAir.timing;
  const wantedMs = clock.now() - startMs + MOUNT_LEAD_MS;
  player.close();
  return {
    ...result,
    corrections,
    bytes: lanes.reduce((sum, { bytes }) => sum + bytes(), 0),
    titles: lanes[0]!.titles,
    lanesMs: lanes.map(({ playedMs }) => playedMs - wantedMs),
  };
}

async function firstPacket(
  player: StationPlayer,
  clock: FakeClock,
  feeds: MountFeed[],
): Promise<number> {
  for (let i = 0; i < 1000 && feeds.length === 0; i++) {
    await settle();
    player.poll(clock.now());
  }
  await settle();
  return clock.now();
}

/** With garbage collected where V8 lets us (`--expose-gc`). */
function heap(): number {
  (globalThis as { gc?: () => void }).gc?.();
  return Deno.memoryUsage().heapUsed / 2 ** 20;
}

async function stationOf(
  { kind, hours, itemMs, pictureBytes }: SimulationOptions,
  clock: FakeClock,
) {
  const [info, packets] = packetsOf(
    kind,
    Math.min(itemMs, 60_000),
    pictureBytes,
  );
  const opener = new MemoryOpener();
  const bytes = fileOf(kind, info, packets);
  const url = `http://station.test/${kind}`;
  opener.files.set(url, bytes);
  const { info: read } = await openTrack(fromBytes(bytes));
  const samples = packets.reduce((sum, x) => sum + x.durationSamples, 0);
  const fileMs = (samples - (read.preSkipSamples ?? 0)) * 1000 /
    info.sampleRate;
  const isLong = itemMs > 60_000;
  const lengthMs = isLong ? itemMs : Math.round(fileMs);
  const count = Math.ceil(hours * 3_600_000 / lengthMs) + 1;
  const items = Array.from({ length: count }, (_, i): Item => ({
    url,
    title: `Item ${i}`,
    startMs: i * lengthMs,
    durationMs: lengthMs,
  }));
  const programme = new Programme({
    url: "http://station.test/playlist.rss",
    kind: "scheduled",
    title: "Station",
    gateways: [],
    anchorMs: 0,
    items,
    problems: [],
  });
  const open = (...[slot, fromMs, neededAtMs]: [...Place]) =>
    new Airing(slot, fromMs, neededAtMs, {
      opener,
      gateways: [],
      clock,
      offsetMs: () => 0,
      onChange: () => {},
      openTrack: isLong ? endless(read, packets, itemMs) : openTrack,
    });
  return { programme, open };
}

type AiringPlace = ConstructorParameters<typeof Airing>;
type Place = [AiringPlace[0], AiringPlace[1], AiringPlace[2]];

function feedOf(
  writers: ReturnType<typeof createMountWriters>,
  lanes: Lane[],
  clock: FakeClock,
  startMs: number,
  listeners: number,
): MountFeed {
  const hls = new HlsTable();
  const [first, ...further] = writers.map((writer) => {
    const { contentType, extension } = writer;
    const path = `/stream.${extension}`;
    const mount = new Mount({ path, contentType, name: "Station", clock });
    for (let i = 0; i < listeners; i++) attachPlayer(mount);
    const segments = extension === "ts" ? hls.add("/stream.m3u8") : undefined;
    const lane = new Lane((chunk, atMs) => {
      mount.push(chunk);
      segments?.push(chunk, atMs);
    }, () => mount.bytesSent);
    lanes.push(lane);
    return { writer, sink: lane };
  });
  return new MountFeed("/stream", first!.writer, first!.sink, startMs, further);
}

/** A player that takes everything at once. */
function attachPlayer(mount: Mount): void {
  const socket = new Duplex({
    read() {},
    write: (_bytes, _encoding, taken) => taken(),
  });
  mount.attach(socket, {
    remoteAddress: "127.0.0.1",
    userAgent: "",
    connectedAtMs: 0,
    counts: true,
    icy: true,
  });
}
