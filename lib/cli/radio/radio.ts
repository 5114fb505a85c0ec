/**
 * A radio: stations tuned in one process, their mounts in one table, one swarm
 * beneath them. Commands start it, the player page drives it.
 *
 * Promises: the first station is at `/stream.<container>`, others at
 * `/<name>/stream.<container>` (all of them where `prefixed`); a station that is
 * tuned twice is one; after `close` nothing runs on. Leaves to others: the front
 * port (`front.ts`), the swarm (a `FileOpener`, which is the caller's).
 *
 * @module
 */
import type { Clock } from "../../clock.ts";
import { AlluviumError } from "../../errors.ts";
import { Mount } from "../../icecast/mount.ts";
import { soundInfo } from "../../icecast/mount_info.ts";
import type { MountTable } from "../../icecast/mount_table.ts";
import { STATIONS_MAX } from "../../limits.ts";
import type { Log } from "../../log.ts";
import { createMountWriters } from "../../media/mount.ts";
import type { MountWriter } from "../../media/mount_writer.ts";
import type { StreamKind } from "../../media/pairing.ts";
import type { PlayerHost } from "../../player/api.ts";
import type { StationStatus, Status } from "../../player/status.ts";
import type { Playlist } from "../../playlist/playlist.ts";
import type { ClockSample } from "../../schedule/clock_offset.ts";
import type { FileOpener } from "../../tuner/files.ts";
import {
  type ChunkSink,
  type FurtherMount,
  MountFeed,
} from "../../tuner/mount_feed.ts";
import { Tuner } from "../../tuner/tuner.ts";
import { type StationAddress, stationName } from "./names.ts";
import {
  missingSentences,
  otherMounts,
  stationStatus,
} from "./station_status.ts";
import { StationTime } from "./station_time.ts";

/** What a radio works with. */
export interface RadioOptions {
  opener: FileOpener;
  mounts: MountTable;
  clock: Clock;
  random: () => number;
  log: Log;
  /** Gateways instead of the playlists' own. */
  gateways?: string[];
  /** Play the first item of each station whole. @default {false} */
  fromStart?: boolean;
  /** Every station at `/<name>/stream…`. @default {false} */
  prefixed?: boolean;
  /** Called before a station that was read begins to play, with all that are tuned. */
  onTuned?(playlists: Playlist[]): void;
}

/** A station that is tuned. */
interface Station {
  name: string;
  url: string;
  /** `""`, or `/<name>`. */
  prefix: string;
  mounts: Mount[];
  hlsPaths: string[];
  tuner: Tuner;
}

/** One container of a feed, shown to listeners. */
interface Outlet extends FurtherMount {
  path: string;
}

/** Stations tuned in one process. */
export class Radio implements PlayerHost {
  readonly #options: RadioOptions;
  readonly #stations = new Map<string, Station>();
  readonly #opening = new Map<string, Promise<Station>>();
  readonly #time: StationTime;
  readonly #end = new AbortController();
  #toldOffset = false;

  /** @param options what it works with; nothing is opened yet */
  constructor(options: RadioOptions) {
    this.#options = options;
    this.#time = new StationTime(options.clock, globalThis.fetch);
  }

  /** @inheritDoc */
  status(): Status {
    const swarm = this.#options.opener.status();
    const { errorMs, offsetMs } = this.#time.offset;
    const stations = [...this.#stations.values()];
    return {
      stations: stations.map(statusOf),
      otherMounts: otherMounts(
        this.#options.mounts.byPath(),
        new Set(stations.flatMap(({ mounts }) => mounts)),
      ),
      clock: { offsetMs, errorMs: Number.isFinite(errorMs) ? errorMs : null },
      swarm: { ...swarm, reachable: swarm.reachable ?? null },
    };
  }

  /**
   * Tunes in.
   *
   * @param address a URL or a path, or these with a name
   * @throws AlluviumError what is wrong with the playlist; "busy" beyond STATIONS_MAX
   */
  async tune(address: string | StationAddress): Promise<StationStatus> {
    const wanted = typeof address === "string" ? { url: address } : address;
    const { url } = wanted;
    for (const station of this.#stations.values()) {
      if (station.url === url) return statusOf(station);
    }
    const opening = this.#opening.get(url) ?? this.#open(wanted);
    this.#opening.set(url, opening);
    try {
      return statusOf(await opening);
    } finally {
      this.#opening.delete(url);
    }
  }

  /** @inheritDoc */
  async remove(name: string): Promise<boolean> {
    const station = this.#stations.get(name);
    if (station === undefined) return false;
    this.#stations.delete(name);
    await station.tuner.close();
    for (const { path } of station.mounts) this.#options.mounts.remove(path);
    for (const path of station.hlsPaths) this.#options.mounts.hls.remove(path);
    return true;
  }

  /** Stops every station. */
  async close(): Promise<void> {
    this.#end.abort();
    await this.#time.close();
    await Promise.allSettled(this.#opening.values());
    await Promise.all([...this.#stations.keys()].map((n) => this.remove(n)));
  }

  async #open(address: StationAddress): Promise<Station> {
    if (this.#stations.size + this.#opening.size >= STATIONS_MAX) {
      throw new AlluviumError(
        "busy",
        `Cannot tune in to more than ${STATIONS_MAX} stations`,
      );
    }
    const { opener, clock, random, log, gateways } = this.#options;
    const tuner = await Tuner.open({
      url: address.url,
      opener,
      clock,
      random,
      log,
      ...(gateways ? { gateways } : {}),
      fromStart: this.#options.fromStart ?? false,
      offsetMs: () => this.#time.offsetMs(address.url),
      onTime: (sample) => this.#noteTime(sample),
    }, this.#end.signal);
    const station = this.#enter(address, tuner);
    const all = [...this.#stations.values()];
    this.#options.onTuned?.(all.map(({ tuner }) => tuner.playlist));
    tuner.start((...mount) => this.#makeFeed(station, ...mount));
    for (const sentence of missingSentences(tuner.status)) {
      log("warn", sentence.replace(/\.$/, ""), { station: tuner.status.url });
    }
    return station;
  }

  #enter(address: StationAddress, tuner: Tuner): Station {
    const name = stationName(
      address.name ?? tuner.playlist.title,
      new Set(this.#stations.keys()),
    );
    const rootTaken = [...this.#stations.values()].some((s) => s.prefix === "");
    const isRoot = !this.#options.prefixed && !rootTaken;
    const prefix = isRoot ? "" : `/${name}`;
    const station = {
      name,
      url: address.url,
      prefix,
      mounts: [],
      hlsPaths: [],
      tuner,
    };
    this.#stations.set(name, station);
    return station;
  }

  #makeFeed(
    station: Station,
    kind: StreamKind,
    _number: number,
    startMs: number,
  ): MountFeed | undefined {
    const outlets = createMountWriters(kind)
      .map((writer) => this.#makeOutlet(station, writer));
    const [first, ...further] = outlets;
    if (first === undefined) return undefined;
    const { path, writer, sink } = first;
    return new MountFeed(path, writer, sink, startMs, further);
  }

  /** Where one container goes: to a mount, to HLS, or to both. */
  #makeOutlet(station: Station, writer: MountWriter): Outlet {
    const { extension, hls } = writer;
    const stem = this.#freeStem(station, writer);
    const hlsPath = `${stem}.m3u8`;
    const path = hls === "only" ? hlsPath : `${stem}.${extension}`;
    const sinks: ChunkSink[] = [];
    if (hls !== undefined) {
      const segments = this.#options.mounts.hls.add(hlsPath);
      station.hlsPaths.push(hlsPath);
      sinks.push({ write: (chunk, atMs) => segments.push(chunk, atMs) });
    }
    if (hls !== "only") {
      sinks.push(this.#mountSink(station, path, writer.contentType));
    }
    return { path, writer, sink: allOf(sinks) };
  }

  #mountSink(
    station: Station,
    path: string,
    contentType: string,
  ): ChunkSink {
    const { title, description, link } = station.tuner.playlist;
    const mount = new Mount({
      path,
      clock: this.#options.clock,
      contentType,
      name: title,
      ...(description === undefined ? {} : { description }),
      ...(link === undefined ? {} : { url: link }),
    });
    this.#options.mounts.add(mount);
    station.mounts.push(mount);
    return {
      write: (chunk) => mount.push(chunk),
      describe: (info) => mount.describe(soundInfo(info)),
    };
  }

  /** `/stream`, or with the lowest number that no stream of the container has. */
  #freeStem({ prefix }: Station, { extension, hls }: MountWriter): string {
    const { mounts } = this.#options;
    for (let number = 1;; number++) {
      const stem = `${prefix}/stream${number === 1 ? "" : `-${number}`}`;
      const isTaken = (hls !== undefined &&
        mounts.hls.paths.includes(`${stem}.m3u8`)) ||
        (hls !== "only" && mounts.get(`${stem}.${extension}`) !== undefined);
      if (!isTaken) return stem;
    }
  }

  #noteTime(sample: ClockSample): void {
    this.#time.offset.handleSample(sample);
    const { offsetMs } = this.#time.offset;
    if (this.#toldOffset || Math.abs(offsetMs) <= 1000) return;
    this.#toldOffset = true;
    const seconds = (Math.abs(offsetMs) / 1000).toFixed(1);
    const way = offsetMs > 0 ? "slow" : "fast";
    this.#options.log(
      "warn",
      `This machine's clock is ${seconds} s ${way}; the station's time is used`,
    );
  }
}

function statusOf(
  { name, tuner, mounts, hlsPaths }: Station,
): StationStatus {
  return stationStatus(name, tuner.status, mounts, hlsPaths);
}

/** Several sinks as one. */
function allOf(sinks: readonly ChunkSink[]): ChunkSink {
  return {
    write: (chunk, atMs) => sinks.forEach((sink) => sink.write(chunk, atMs)),
    describe: (info) => sinks.forEach((sink) => sink.describe?.(info)),
  };
}
