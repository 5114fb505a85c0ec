/**
 * A station in memory for the tuner's tests: files of 100-byte packets that
 * play 20 ms each, a writer that passes them on, a sink that notes when each
 * plays, and a clock that the test moves. No codec, no network.
 *
 * @module
 */
import { AlluviumError } from "../../lib/errors.ts";
import type { MountWriter } from "../../lib/media/mount_writer.ts";
import type { OpenOptions as TrackOptions } from "../../lib/media/open.ts";
import type {
  Codec,
  MountChunk,
  Packet,
  Track,
  TrackInfo,
  VideoInfo,
} from "../../lib/media/packet.ts";
import type { RandomAccess } from "../../lib/media/random_access.ts";
import type { Item, Playlist } from "../../lib/playlist/playlist.ts";
import { Programme } from "../../lib/schedule/programme.ts";
import { Airing } from "../../lib/tuner/airing.ts";
import { Feeds } from "../../lib/tuner/feeds.ts";
import type {
  FileOpener,
  OpenOptions,
  Playhead,
  SwarmFile,
} from "../../lib/tuner/files.ts";
import { MountFeed } from "../../lib/tuner/mount_feed.ts";
import { StationPlayer } from "../../lib/tuner/station_player.ts";
import { FakeClock, settle } from "../support/fakeclock.ts";

/** How long a packet plays. */
export const PACKET_MS = 20;
const PACKET_BYTES = 100;

/** One file of the fake origin. */
export interface FakeFile {
  /** Its length in ms; a packet is 20 ms. */
  durationMs: number;
  /** Default "mp3". */
  codec?: Codec;
  /** Default 2. A mount takes what it played first. */
  channels?: number;
  /** Opening it fails with this, as long as it is set. */
  openError?: AlluviumError | undefined;
  /** It is no media at all. */
  isRubbish?: boolean;
  /** Reads from this place on, in ms, wait until it is unset. */
  stallsAtMs?: number | undefined;
  /** Reads from this place on, in ms, fail for good. */
  breaksAtMs?: number | undefined;
  /** Its header does not tell how long it is. */
  isMute?: boolean;
  /** How long something of it takes that is asked of other listeners; default 0. */
  waitMs?: number;
  /** It has pictures, as far as its header tells. */
  isFilm?: boolean;
}

/** A packet as a listener would hear it. */
export interface Heard {
  /** When it plays, by the mount's own count. */
  atMs: number;
  /** `NAME@MS` of a packet, `-` for silence. */
  what: string;
}

const PICTURES: VideoInfo = {
  codec: "h264",
  width: 640,
  height: 360,
  headers: [],
};

const encoder = new TextEncoder();
const decoder = new TextDecoder();

function packetBytes(name: string, index: number): Uint8Array {
  const bytes = new Uint8Array(PACKET_BYTES);
  bytes.set(encoder.encode(`${name}@${index * PACKET_MS}`));
  return bytes;
}

/** Files by URL; also counts what is open. */
export class FakeOrigin implements FileOpener {
  readonly files = new Map<string, FakeFile>();
  /** URLs in the order they were opened, with the share reading starts at. */
  readonly opened: { url: string; options: OpenOptions }[] = [];
  readonly playheads: Playhead[] = [];
  openNow = 0;
  reads = 0;

  open(item: Item, options: OpenOptions): Promise<SwarmFile> {
    this.opened.push({ url: item.url, options });
    const file = this.files.get(item.url);
    if (file === undefined || file.openError) {
      return Promise.reject(
        file?.openError ??
          new AlluviumError("not-found", "Got 404", { url: item.url }),
      );
    }
    this.openNow++;
    return Promise.resolve(this.#swarmFile(item.url, file));
  }

  status() {
    return {
      peers: 0,
      bytesFromPeers: 0,
      bytesFromOrigin: 0,
      bytesToPeers: 0,
      duplicateBytes: 0,
      badChunks: 0,
      deadlineMisses: 0,
    };
  }

  #swarmFile(url: string, file: FakeFile): SwarmFile {
    const name = new URL(url).pathname.slice(1);
    const size = Math.round(file.durationMs / PACKET_MS) * PACKET_BYTES;
    const closed = new AbortController();
    return {
      url,
      size,
      read: (offset, _length, signal) => {
        this.reads++;
        return readPacket(name, file, offset, signal ?? closed.signal);
      },
      setPlayhead: (playhead) => void this.playheads.push(playhead),
      waitMs: () => file.waitMs ?? 0,
      progress: () => ({ bytesHeld: size, bytes: size }),
      close: () => {
        if (!closed.signal.aborted) this.openNow--;
        closed.abort();
      },
    };
  }
}

async function readPacket(
  name: string,
  file: FakeFile,
  offset: number,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const index = offset / PACKET_BYTES;
  const atMs = index * PACKET_MS;
  if (file.breaksAtMs !== undefined && atMs >= file.breaksAtMs) {
    throw new AlluviumError("media-rejected", "The body is too short");
  }
  while (file.stallsAtMs !== undefined && atMs >= file.stallsAtMs) {
    signal.throwIfAborted();
    await settle();
  }
  if (file.isRubbish) return encoder.encode("<html>".padEnd(PACKET_BYTES));
  return packetBytes(name, index);
}

/** Packets of a fake file from a time on. */
export function openFakeTrack(files: Map<string, FakeFile>) {
  return async (
    source: RandomAccess,
    options: TrackOptions = {},
  ): Promise<Track> => {
    const head = decoder.decode(
      await source.read(0, PACKET_BYTES, options.signal),
    );
    if (head.startsWith("<html>")) {
      throw new AlluviumError("media-rejected", "This is a web page");
    }
    const name = head.split("@")[0]!;
    const file = files.get(`http://station.test/${name}`)!;
    const first = Math.floor((options.startMs ?? 0) / PACKET_MS);
    return {
      info: {
        codec: file.codec ?? "mp3",
        sampleRate: 48000,
        channels: file.channels ?? 2,
        bitrate: 40_000,
        headers: [],
        ...(file.isMute ? {} : { durationSamples: file.durationMs * 48 }),
        ...(file.isFilm ? { video: PICTURES } : {}),
      },
      startMs: first * PACKET_MS,
      packets: packetsFrom(source, first, options.signal),
    };
  };
}

function packetsFrom(
  source: RandomAccess,
  first: number,
  signal?: AbortSignal,
): ReadableStream<Packet> {
  let index = first;
  return new ReadableStream<Packet>({
    async pull(controller) {
      const offset = index++ * PACKET_BYTES;
      if (offset >= source.size) return controller.close();
      const data = await source.read(offset, PACKET_BYTES, signal);
      controller.enqueue({ data, durationSamples: PACKET_MS * 48 });
    },
  }, { highWaterMark: 0 });
}

/** A container that is nothing but its packets. */
class FakeWriter implements MountWriter {
  readonly contentType = "audio/mpeg";
  readonly extension = "mp3";
  readonly heldMs = 0;
  #title: string | undefined;
  #channels: number | undefined;

  accepts({ channels }: TrackInfo): boolean {
    return channels === (this.#channels ?? channels);
  }
  begin(info: TrackInfo, playing?: { title: string }): MountChunk[] {
    this.#channels = info.channels;
    this.#title = playing?.title;
    return [];
  }
  write(packet: Packet): MountChunk[] {
    return [this.#chunk(packet.data)];
  }
  end(): MountChunk[] {
    return [];
  }
  silence(durationMs: number): MountChunk[] {
    const count = Math.ceil(durationMs / PACKET_MS);
    return Array.from(
      { length: count },
      () => this.#chunk(encoder.encode("-")),
    );
  }
  #chunk(data: Uint8Array): MountChunk {
    const title = this.#title;
    this.#title = undefined;
    return {
      data,
      durationMs: PACKET_MS,
      ...(title === undefined ? {} : { title }),
    };
  }
}

/** A station of one test. */
export class FakeStation {
  readonly clock: FakeClock;
  readonly origin = new FakeOrigin();
  /** What each mount sent, by codec. */
  readonly mounts = new Map<string, Heard[]>();
  readonly titles: string[] = [];
  readonly failures: string[] = [];
  player!: StationPlayer;
  #items: Item[] = [];
  #filler: Item | undefined;
  #programme!: Programme;

  /** @param nowMs where the test's clock begins */
  constructor(nowMs: number) {
    this.clock = new FakeClock(nowMs);
  }

  /** Adds a file and an item that plays it. */
  add(name: string, startMs: number, file: FakeFile, slotMs?: number): this {
    const url = `http://station.test/${name}`;
    this.origin.files.set(url, file);
    this.#items.push({
      url,
      title: name,
      startMs,
      ...(file.isMute ? {} : { durationMs: slotMs ?? file.durationMs }),
    });
    return this;
  }

  /** Names a filler. */
  fill(name: string, file: FakeFile): this {
    const url = `http://station.test/${name}`;
    this.origin.files.set(url, file);
    this.#filler = { url, title: name };
    return this;
  }

  /** The playlist of the items added so far. */
  playlist(items: Item[] = this.#items): Playlist {
    return {
      url: "http://station.test/playlist.rss",
      kind: "scheduled",
      title: "Station",
      gateways: [],
      anchorMs: 0,
      ...(this.#filler ? { filler: this.#filler } : {}),
      items,
      problems: [],
    };
  }

  get items(): Item[] {
    return this.#items;
  }

  /** Tunes in. */
  tune(options: { fromStart?: boolean } = {}): this {
    this.#programme = new Programme(this.playlist(), {
      durationOf: (item) => this.player?.durationOf(item),
    });
    const feeds = new Feeds((kind, number, startMs) =>
      this.#feed(number === 1 ? kind.codec : `${kind.codec}-${number}`, startMs)
    );
    this.player = new StationPlayer(this.#programme, this.clock.now(), {
      feeds,
      fromStart: options.fromStart ?? false,
      open: (slot, fromMs, neededAtMs) =>
        new Airing(slot, fromMs, neededAtMs, {
          opener: this.origin,
          gateways: [],
          clock: this.clock,
          offsetMs: () => 0,
          onChange: () => {},
          openTrack: openFakeTrack(this.origin.files),
        }),
      onFailure: (airing) => void this.failures.push(airing.slot.item.url),
    });
    return this;
  }

  /** A new version of the playlist arrives. */
  refresh(items: Item[]): void {
    this.#programme = this.#programme.succeed(
      this.playlist(items),
      this.clock.now(),
    );
    this.player.handleProgramme(this.#programme, this.clock.now());
  }

  /** Lets time pass, polling as the tuner does. */
  async pass(ms: number): Promise<void> {
    const endMs = this.clock.now() + ms;
    for (;;) {
      for (let i = 0; i < 40; i++) await settle();
      this.player.poll(this.clock.now());
      if (this.clock.now() >= endMs) return;
      await this.clock.advance(Math.min(50, endMs - this.clock.now()));
    }
  }

  /** What a mount played, packets in a row taken together. */
  heard(codec = "mp3"): string[] {
    const runs: string[] = [];
    let run: { name: string; fromMs: number; from: string; to: string } | null =
      null;
    const flush = () => {
      if (!run) return;
      runs.push(
        run.name === "-"
          ? `${run.fromMs} -`
          : `${run.fromMs} ${run.name} ${run.from}..${run.to}`,
      );
    };
    for (const { atMs, what } of this.mounts.get(codec) ?? []) {
      const [name, place] = what.split("@") as [string, string | undefined];
      const continues = run && run.name === name &&
        (name === "-" || Number(place) === Number(run.to) + PACKET_MS);
      if (run && continues) run.to = place ?? "";
      else {
        flush();
        run = { name, fromMs: atMs, from: place ?? "", to: place ?? "" };
      }
    }
    flush();
    return runs;
  }

  #feed(codec: string, startMs: number): MountFeed {
    const heard: Heard[] = [];
    this.mounts.set(codec, heard);
    let atMs = startMs;
    return new MountFeed(`/stream.${codec}`, new FakeWriter(), {
      write: ({ data, durationMs, title }) => {
        const what = decoder.decode(data).replaceAll("\0", "");
        heard.push({ atMs: Math.round(atMs), what });
        if (title !== undefined) this.titles.push(title);
        atMs += durationMs;
      },
    }, startMs);
  }
}
