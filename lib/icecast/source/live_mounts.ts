/**
 * Which source is on which mount. A source may take a mount over that a station
 * fills already: while it is on, it is heard instead of the programme. Or it
 * brings a mount of its own.
 *
 * Promises: one source a mount; when it stops, the programme goes on in the next
 * moment; a mount of a source's own stays on the air for SOURCE_RECONNECT_MS,
 * silent or with its fallback, so that a source that comes back finds its
 * listeners. No listener is ever moved or dropped by a source. A source that has
 * been silent for SOURCE_TAKEOVER_MS gives its place to one from the same
 * address: an encoder that lost its connection need not wait for a time limit.
 *
 * @module
 */
import type { Clock } from "../../clock.ts";
import {
  SOURCE_RECONNECT_MS,
  SOURCE_TAKEOVER_MS,
  SOURCES_MAX,
} from "../../limits.ts";
import { type Log, silentLog } from "../../log.ts";
import type { MountInput } from "../inputs.ts";
import type { TrackInfo } from "../../media/packet.ts";
import { Mount } from "../mount.ts";
import { isSameMedia, type MountInfo } from "../mount_info.ts";
import { settingsInfo } from "../mount_settings.ts";
import type { MountTable } from "../mount_table.ts";
import type { LiveStream } from "./live_stream.ts";
import { createLiveStream } from "./live_streams.ts";
import {
  type SourceClient,
  type SourceConnection,
  type SourceEnd,
  SourceSession,
} from "./session.ts";

/** What live mounts work with. */
export interface LiveMountsOptions {
  /** Where mounts are found, and sources' own are added. */
  mounts: MountTable;
  /** Times silence and waiting. */
  clock: Clock;
  /** Told of sources that come and go. @default {silentLog} */
  log?: Log;
  /** Sources at a time. @default {SOURCES_MAX} */
  sourcesMax?: number;
  /** How long a source's own mount waits for it, in ms. @default {SOURCE_RECONNECT_MS} */
  reconnectMs?: number;
  /** Called for each source that comes on. */
  onSource?(): void;
}

/** A source that asks for a mount. */
export interface SourceOffer {
  /** The mount's. */
  path: string;
  /** Bare media type, lower case. */
  contentType: string;
  /** What it says about its stream. */
  info: Partial<MountInfo>;
  /** Who it is. */
  client: SourceClient;
}

/** Why an offer is refused, in Icecast's words. */
export type Refusal =
  | "Mountpoint in use"
  | "too many sources connected"
  | "Content-type not supported";

/** A mount with a live side. */
interface LiveMount {
  mount: Mount;
  input: MountInput;
  stream: LiveStream;
  /** Whether the mount is there only because of sources. */
  isOwn: boolean;
  session: SourceSession | undefined;
  /** Ends the wait for a source to come back. */
  cancelWait: () => void;
}

/** How much silence is made at a time while a mount waits for its source, in ms. */
const SILENCE_MS = 1000;

/** All live mounts of a program. */
export class LiveMounts {
  readonly #options: LiveMountsOptions;
  readonly #log: Log;
  readonly #live = new Map<string, LiveMount>();

  /**
   * No source is on yet.
   *
   * @param options what it works with
   */
  constructor(options: LiveMountsOptions) {
    this.#options = options;
    this.#log = options.log ?? silentLog;
  }

  /** The source that is on a mount. */
  session(path: string): SourceSession | undefined {
    return this.#live.get(path)?.session;
  }

  /** How many sources are on. */
  get count(): number {
    return [...this.#live.values()].filter((x) => x.session).length;
  }

  /** Why a source may not come now; undefined where it may. */
  refusal(offer: SourceOffer): Refusal | undefined {
    const { mounts, sourcesMax = SOURCES_MAX } = this.#options;
    const known = this.#current(offer.path);
    if (known?.session && !mayTakeOver(known.session, offer.client)) {
      return "Mountpoint in use";
    }
    if (!known?.session && this.count >= sourcesMax) {
      return "too many sources connected";
    }
    const mount = mounts.get(offer.path);
    if (mount === undefined) return undefined;
    return isSameMedia(mount.contentType, offer.contentType)
      ? undefined
      : "Content-type not supported";
  }

  /**
   * Puts a source on its mount, made where there is none. Ask for
   * {@linkcode LiveMounts.refusal} first.
   *
   * @throws AlluviumError `bad-request`, `busy` where the mount cannot be made
   */
  start(offer: SourceOffer, connection: SourceConnection): SourceSession {
    const live = this.#current(offer.path) ?? this.#open(offer);
    live.session?.end("another took its place");
    live.cancelWait();
    const was = live.mount.info;
    const set = settingsInfo(this.#options.mounts.settings(offer.path));
    live.input.info = live.mount.hasName
      ? soundOf(offer.info)
      : { ...offer.info, ...set };
    live.input.setTitle(offer.info.name ?? live.mount.info.name);
    const session = new SourceSession({
      ...connection,
      client: offer.client,
      stream: live.stream,
      input: live.input,
      clock: this.#options.clock,
      onSound: (info) => this.#compare(offer.path, was, info),
      onEnd: (end) => this.#ended(live, session, end),
    });
    live.session = session;
    this.#options.onSource?.();
    const { remoteAddress, userAgent } = offer.client;
    this.#log("info", `A source is on ${offer.path}`, {
      remoteAddress,
      userAgent,
    });
    return session;
  }

  /** Tells whoever runs it of a joint that not every player takes. */
  #compare(
    path: string,
    was: MountInfo,
    { sampleRate, channels }: TrackInfo,
  ): void {
    const isSame = (was.sampleRate ?? sampleRate) === sampleRate &&
      (was.channels ?? channels) === channels;
    if (isSame) return;
    this.#log(
      "warn",
      `The source of ${path} sends ${sampleRate} Hz in ${channels} channels, it was ${was.sampleRate} Hz in ${was.channels}: some players stop at the change`,
    );
  }

  /** The title of what a source sends, heard or not; undefined where none is on. */
  title(path: string): string | undefined {
    const live = this.#live.get(path);
    return live?.session && live.input.title;
  }

  /**
   * Sets the title of what a source sends.
   *
   * @returns false where none is on
   */
  setTitle(path: string, title: string, url?: string): boolean {
    const live = this.#live.get(path);
    if (live?.session === undefined) return false;
    for (const chunk of live.stream.retitle(title)) live.input.push(chunk);
    live.input.setTitle(title, url);
    return true;
  }

  /**
   * Ends a source for good; a mount of its own goes with it, unless it has a
   * fallback.
   *
   * @returns false where none is on
   */
  kill(path: string): boolean {
    const live = this.#current(path);
    if (live === undefined || !live.session && !live.isOwn) return false;
    live.session?.end("it was told to");
    this.#remove(live);
    return true;
  }

  /** Ends every source; their own mounts end for their listeners. */
  close(): void {
    for (const path of [...this.#live.keys()]) this.kill(path);
  }

  /** What is known of a path, unless its mount was taken away or made anew. */
  #current(path: string): LiveMount | undefined {
    const live = this.#live.get(path);
    if (live === undefined) return undefined;
    if (this.#options.mounts.get(path) === live.mount) return live;
    this.#live.delete(path);
    live.cancelWait();
    live.session?.end("it was told to");
    return undefined;
  }

  #open(offer: SourceOffer): LiveMount {
    const { mounts } = this.#options;
    const there = mounts.get(offer.path);
    const mount = there ?? this.#makeMount(offer);
    if (there === undefined) mounts.add(mount);
    const live: LiveMount = {
      mount,
      input: mount.open("live"),
      stream: createLiveStream(offer.contentType),
      isOwn: there === undefined,
      session: undefined,
      cancelWait: () => {},
    };
    this.#live.set(offer.path, live);
    mount.onClose(() => {
      live.cancelWait();
      live.session?.end("it was told to");
    });
    return live;
  }

  #makeMount({ path, contentType }: SourceOffer): Mount {
    const { clock } = this.#options;
    return new Mount({ path, contentType, name: "", clock });
  }

  #ended(live: LiveMount, session: SourceSession, end: SourceEnd): void {
    if (live.session !== session) return;
    live.session = undefined;
    this.#log("info", `The source of ${live.mount.path} is gone: ${end}`);
    if (end === "another took its place" || end === "it was told to") return;
    if (live.isOwn) this.#wait(live);
    else live.input.rest();
  }

  /** Keeps a source's own mount on the air for a while. */
  #wait(live: LiveMount): void {
    const { clock, mounts } = this.#options;
    const reconnectMs = mounts.settings(live.mount.path).reconnectMs ??
      this.#options.reconnectMs ?? SOURCE_RECONNECT_MS;
    const startMs = clock.monotonic();
    let madeMs = 0;
    const tick = () => {
      const waitedMs = clock.monotonic() - startMs;
      if (waitedMs >= reconnectMs && !live.mount.hasFallback) {
        return this.#remove(live);
      }
      if (live.mount.hasFallback) live.input.rest();
      else if (madeMs <= waitedMs) {
        for (const chunk of live.stream.silence(SILENCE_MS)) {
          madeMs += chunk.durationMs;
          live.input.push(chunk);
        }
      }
      live.cancelWait = clock.timer(SILENCE_MS / 2, tick);
    };
    live.cancelWait = clock.timer(SILENCE_MS / 2, tick);
  }

  #remove(live: LiveMount): void {
    live.cancelWait();
    this.#live.delete(live.mount.path);
    const isNeeded = !live.isOwn || live.mount.hasFallback;
    if (isNeeded) live.input.rest();
    else this.#options.mounts.remove(live.mount.path);
  }
}

function mayTakeOver(session: SourceSession, client: SourceClient): boolean {
  return session.client.remoteAddress === client.remoteAddress &&
    session.silentMs >= SOURCE_TAKEOVER_MS;
}

/** On a station's mount a source changes what is said of the sound, not the station's name. */
function soundOf(info: Partial<MountInfo>): Partial<MountInfo> {
  const { bitrate, sampleRate, channels } = info;
  return {
    ...(bitrate && { bitrate }),
    ...(sampleRate && { sampleRate }),
    ...(channels && { channels }),
  };
}
