/**
 * One mount of another server, relayed: connected for as long as it is wanted,
 * titles taken over, on to the next upstream when one fails, and back to the
 * first.
 *
 * Promises: once an upstream has answered, the mount stays and its listeners stay
 * on it whatever the upstreams do; while none answers they hear the mount's fallback or silence. With
 * `onDemand` an upstream is only connected while somebody listens, and for
 * UPSTREAM_IDLE_MS after.
 *
 * @module
 */
import type { Clock } from "../../clock.ts";
import { AlluviumError, toAlluviumError } from "../../errors.ts";
import {
  UPSTREAM_IDLE_MS,
  UPSTREAM_RETRY_MS,
  UPSTREAM_RETRY_MS_MAX,
  UPSTREAMS_MAX,
} from "../../limits.ts";
import { type Log, silentLog } from "../../log.ts";
import type { MountInput } from "../inputs.ts";
import { Mount } from "../mount.ts";
import { isSameMedia } from "../mount_info.ts";
import { settingsInfo } from "../mount_settings.ts";
import type { MountTable } from "../mount_table.ts";
import type { BodyReader } from "../source/body.ts";
import type { LiveStream } from "../source/live_stream.ts";
import { createLiveStream } from "../source/live_streams.ts";
import { SourceSession } from "../source/session.ts";
import { mediaType, sourceInfo } from "../source/source_info.ts";
import { IcyReader } from "./icy_reader.ts";
import { openUpstream, type Upstream } from "./upstream.ts";

/** What is relayed. */
export interface RelayOptions {
  /** Ours, e.g. `/relay.mp3`. */
  path: string;
  /** Where it is, the first choice first; http or https. */
  upstreams: readonly URL[];
  /** Where the mount is offered. */
  mounts: MountTable;
  /** Times pauses, silence and time limits. */
  clock: Clock;
  /** Connected only while somebody listens. @default {false} */
  onDemand?: boolean;
  /** Media type before the first answer, which is a guess. @default {by the path's extension} */
  contentType?: string;
  /** Told of upstreams that come and go. @default {silentLog} */
  log?: Log;
  /** How long a relay on demand stays after its last listener, in ms. @default {UPSTREAM_IDLE_MS} */
  idleMs?: number;
}

/** Media types by extension; others are taken for MP3 until an upstream has answered. */
const TYPES: Readonly<Record<string, string>> = {
  aac: "audio/aac",
  mp3: "audio/mpeg",
  ogg: "audio/ogg",
  opus: "audio/ogg",
  webm: "audio/webm",
};

/** How often it is looked whether anybody listens, in ms. */
const LOOK_MS = 250;

/** Silence made at a time while no upstream answers, in ms. */
const SILENCE_MS = 1000;

/** A mount, and what fills it. */
interface RelaySide {
  mount: Mount;
  input: MountInput;
  stream: LiveStream;
}

/** One relayed mount. */
export class Relay {
  readonly #options: RelayOptions;
  readonly #log: Log;
  readonly #end = new AbortController();
  readonly #running: Promise<void>;
  #side: RelaySide;
  #isTypeKnown: boolean;
  #connections = 0;
  #next = 0;
  #pauseMs = UPSTREAM_RETRY_MS;

  /**
   * Offers the mount and begins.
   *
   * @throws AlluviumError `usage` for no upstream or too many, and what `MountTable.add` throws
   */
  constructor(options: RelayOptions) {
    const { path, upstreams } = options;
    if (upstreams.length === 0 || upstreams.length > UPSTREAMS_MAX) {
      throw new AlluviumError(
        "usage",
        `Cannot relay ${path}: expected 1 to ${UPSTREAMS_MAX} upstreams`,
      );
    }
    const extension = /\.([a-z0-9]+)$/i.exec(path)?.[1]?.toLowerCase() ?? "";
    const contentType = options.contentType ?? TYPES[extension];
    this.#isTypeKnown = contentType !== undefined;
    this.#options = options;
    this.#log = options.log ?? silentLog;
    this.#side = this.#offer(contentType ?? "audio/mpeg");
    this.#running = this.#run();
  }

  /** What listeners hear. Another one after a first answer of another media type. */
  get mount(): Mount {
    return this.#side.mount;
  }

  /** Upstreams that ever answered. */
  get connections(): number {
    return this.#connections;
  }

  /** Lets the upstream go and takes the mount away. */
  async close(): Promise<void> {
    this.#end.abort();
    await this.#running;
    this.#options.mounts.remove(this.mount.path);
  }

  #offer(contentType: string): RelaySide {
    const { path, mounts, clock } = this.#options;
    // One that has a fallback may be there already.
    const there = mounts.get(path);
    const mount = there ?? new Mount({ path, contentType, name: "", clock });
    if (there === undefined) mounts.add(mount);
    return {
      mount,
      input: mount.open("programme"),
      stream: createLiveStream(mount.contentType),
    };
  }

  async #run(): Promise<void> {
    const { clock } = this.#options;
    const { signal } = this.#end;
    while (!signal.aborted) {
      try {
        await this.#wanted(signal);
        await this.#relayOne(signal);
      } catch (error) {
        if (signal.aborted) return;
        this.#log("warn", toAlluviumError(error).describe());
        this.#next++;
        await this.#pause(clock, signal);
      }
    }
  }

  /** Waits for a listener, where the relay is on demand and what it relays is known. */
  async #wanted(signal: AbortSignal): Promise<void> {
    const { clock, onDemand = false } = this.#options;
    while (
      onDemand && this.#isTypeKnown && this.mount.everyListener.length === 0
    ) {
      await clock.sleep(LOOK_MS, signal);
    }
  }

  /** The fallback for those who listen, else silence, until it is time to try again. */
  async #pause(clock: Clock, signal: AbortSignal): Promise<void> {
    const { upstreams } = this.#options;
    // A whole round has failed: wait longer than for the next one in it.
    const isRound = this.#next % upstreams.length === 0;
    const untilMs = clock.monotonic() + (isRound ? this.#pauseMs : 0);
    if (isRound) {
      this.#pauseMs = Math.min(this.#pauseMs * 2, UPSTREAM_RETRY_MS_MAX);
    }
    const { input, mount, stream } = this.#side;
    while (clock.monotonic() < untilMs && !signal.aborted) {
      if (!mount.hasFallback) {
        for (const chunk of stream.silence(SILENCE_MS)) input.push(chunk);
      }
      await clock.sleep(SILENCE_MS, signal).catch(() => {});
    }
  }

  /** One connection, to its end. @throws where it did not begin, or broke off */
  async #relayOne(signal: AbortSignal): Promise<void> {
    const { upstreams, clock } = this.#options;
    const url = upstreams[this.#next % upstreams.length]!;
    const upstream = await openUpstream(url, { clock, signal });
    try {
      this.#settleType(mediaType(upstream.headers.get("content-type")), url);
    } catch (error) {
      upstream.socket.destroy();
      throw error;
    }
    this.#connections++;
    this.#isTypeKnown = true;
    this.#describe(upstream);
    this.#log("info", `Relaying ${upstream.url.href} on ${this.mount.path}`);
    const end = await this.#play(upstream, signal);
    if (this.mount.hasFallback) this.#side.input.rest();
    if (end === "it was told to") {
      this.#next = 0;
      return;
    }
    throw new AlluviumError("media-unreachable", `The upstream ended: ${end}`, {
      url: upstream.url.href,
    });
  }

  /**
   * The first answer says what is relayed, whatever the path looked like.
   *
   * @throws AlluviumError `media-rejected` where a later one says otherwise
   */
  #settleType(type: string | undefined, url: URL): void {
    const { path, contentType } = this.mount;
    const isMedia = /^(audio|video)\/|ogg$|^application\/octet-stream$/;
    if (type === undefined || isSameMedia(type, contentType)) return;
    if (this.#connections > 0 || !isMedia.test(type)) {
      throw new AlluviumError(
        "media-rejected",
        `Cannot relay ${type} on ${path}: it is ${contentType}`,
        { url: url.href },
      );
    }
    this.#options.mounts.remove(path);
    this.#side = this.#offer(type);
  }

  #describe({ headers }: Upstream): void {
    const { mounts, path } = this.#options;
    const set = settingsInfo(mounts.settings(path));
    this.mount.describe({ ...sourceInfo(headers), ...set });
    this.#side.input.info = {};
  }

  #play(upstream: Upstream, signal: AbortSignal): Promise<string> {
    const { clock } = this.#options;
    const { socket, first, headers } = upstream;
    return new Promise((resolve) => {
      const icy = new IcyReader(Number(headers.get("icy-metaint") ?? 0));
      const session = new SourceSession({
        socket,
        client: { remoteAddress: socket.remoteAddress ?? "", userAgent: "" },
        body: this.#body(icy),
        stream: this.#side.stream,
        input: this.#side.input,
        clock,
        onEnd: (end) => {
          cancelLook();
          signal.removeEventListener("abort", stop);
          socket.destroy();
          resolve(end);
        },
      });
      const stop = () => session.end("it was told to");
      const cancelLook = this.#watchDemand(stop);
      signal.addEventListener("abort", stop, { once: true });
      socket.resume();
      if (first.length > 0) session.feed(first);
    });
  }

  /** Audio goes through; titles become the mount's. */
  #body(icy: IcyReader): BodyReader {
    return {
      ended: false,
      push: (bytes) =>
        icy.push(bytes).flatMap((piece) => {
          if (piece.kind === "audio") {
            this.#pauseMs = UPSTREAM_RETRY_MS;
            return [piece.data];
          }
          if (piece.title !== undefined) {
            this.#side.input.setTitle(piece.title, piece.url);
          }
          return [];
        }),
    };
  }

  /** Stops a relay on demand that nobody has listened to for a while. */
  #watchDemand(stop: () => void): () => void {
    const { clock, onDemand = false, idleMs = UPSTREAM_IDLE_MS } =
      this.#options;
    if (!onDemand) return () => {};
    let quietMs = 0;
    let cancel = () => {};
    const look = () => {
      const isQuiet = this.mount.everyListener.length === 0;
      quietMs = isQuiet ? quietMs + LOOK_MS : 0;
      if (quietMs >= idleMs) stop();
      else cancel = clock.timer(LOOK_MS, look);
    };
    cancel = clock.timer(LOOK_MS, look);
    return () => cancel();
  }
}
