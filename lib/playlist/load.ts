/**
 * Keeps a playlist fresh: reads it from a URL or a file, asks again only for
 * what changed, and when a new version is broken or out of reach keeps the last
 * good one and says so. The only shell of this folder, with `fetching.ts`.
 *
 * It promises never to fail once it has read one good version. What to do with
 * a new version is the caller's.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { fileURLToPath } from "node:url";
import { type Clock, systemClock } from "../clock.ts";
import { AlluviumError, toAlluviumError } from "../errors.ts";
import { type Log, silentLog } from "../log.ts";
import {
  type PlaylistAnswer,
  playlistUrl,
  readPlaylistBytes,
  RetryLater,
  type ServerTime,
  type Validators,
} from "./fetching.ts";
import { parsePlaylist } from "./parse.ts";
import type { Playlist } from "./playlist.ts";
import { refreshDelay, retryDelay } from "./refresh.ts";

export type { ServerTime } from "./fetching.ts";

/** What a source works with. */
export interface PlaylistSourceOptions {
  /** Time, and waiting. @default {systemClock} */
  clock?: Clock;
  /** How to ask a server. @default {globalThis.fetch} */
  fetch?: typeof fetch;
  /** A number in [0, 1), to spread the refreshes of many listeners. */
  random: () => number;
  /** Told of versions that could not be had. @default {silentLog} */
  log?: Log;
}

/** What one refresh brought. */
export interface Refresh {
  /** The newest good version; the same object as before where nothing changed. */
  playlist: Playlist;
  /** True for the first, and wherever the document is not byte for byte as before. */
  changed: boolean;
  /** Why the newest version could not be had; `playlist` is then an older one. */
  error?: AlluviumError;
  /** Milliseconds to wait before the next refresh. */
  waitMs: number;
  /** What the server said the time is, for the clock's offset. */
  serverTime?: ServerTime;
  /** The `Content-Type` it came with; absent for a file, or a 304 without one. */
  type?: string;
}

/** A version that was read well. */
interface Version {
  playlist: Playlist;
  /** SHA-256 of the document, hex. */
  digest: string;
}

/** One playlist, wherever it lies. */
export class PlaylistSource {
  /** Its address: http, https or file. */
  readonly url: URL;
  readonly #options: Required<PlaylistSourceOptions>;
  #version: Version | undefined;
  /** Of the newest version that was read whole, good or broken. */
  #validators: Validators = {};
  /** Why the newest version is broken; asking again gives 304 and the same. */
  #broken: AlluviumError | undefined;
  #failures = 0;

  /**
   * Names a playlist; nothing is read yet.
   *
   * @param location an http, https or file URL, or a file's path
   * @throws AlluviumError `url-forbidden` for any other URL
   */
  constructor(location: string, options: PlaylistSourceOptions) {
    this.url = playlistUrl(location);
    this.#options = {
      clock: options.clock ?? systemClock,
      fetch: options.fetch ?? globalThis.fetch,
      random: options.random,
      log: options.log ?? silentLog,
    };
  }

  /** The newest good version, once there is one. */
  get playlist(): Playlist | undefined {
    return this.#version?.playlist;
  }

  /**
   * Reads the playlist again.
   *
   * @throws AlluviumError while there is no good version: what is wrong with it
   * @throws the signal's reason when it aborts
   */
  async refresh(signal?: AbortSignal): Promise<Refresh> {
    const before = this.#version;
    try {
      const answer = await this.#read(signal);
      this.#failures = 0;
      return this.#good(answer, this.#version !== before);
    } catch (thrown) {
      signal?.throwIfAborted();
      this.#failures++;
      return this.#bad(toAlluviumError(thrown, "playlist-unreachable"));
    }
  }

  /**
   * Refreshes for ever, waiting between as the playlist asks.
   *
   * @throws AlluviumError if there never was a good version
   * @throws the signal's reason when it aborts
   */
  async *watch(signal?: AbortSignal): AsyncGenerator<Refresh, never> {
    while (true) {
      const refresh = await this.refresh(signal);
      yield refresh;
      await this.#options.clock.sleep(refresh.waitMs, signal);
    }
  }

  async #read(signal: AbortSignal | undefined): Promise<PlaylistAnswer> {
    const { clock, fetch } = this.#options;
    const answer = await readPlaylistBytes(this.url, this.#validators, {
      clock,
      fetch,
      signal,
    });
    if (answer.bytes) await this.#take(answer, answer.bytes);
    if (this.#broken) throw this.#broken;
    if (this.#version) return answer;
    throw new AlluviumError(
      "playlist-unreachable",
      "Cannot fetch the playlist: the server says it has not changed, but it was never here",
      { url: this.url.href },
    );
  }

  /** Reads a version to its end. Good or broken, it is not asked for twice. */
  async #take(
    answer: PlaylistAnswer,
    bytes: AsyncIterable<Uint8Array>,
  ): Promise<void> {
    const hash = createHash("sha256").update(answer.url);
    try {
      const playlist = await parsePlaylist(hashed(bytes, hash), answer.url);
      const digest = hash.digest("hex");
      if (digest !== this.#version?.digest) {
        this.#version = { playlist, digest };
      }
      this.#broken = undefined;
    } catch (error) {
      if (!isBroken(error)) throw error;
      this.#broken = withFile(error);
    }
    this.#validators = answer.validators;
  }

  #good(answer: PlaylistAnswer, changed: boolean): Refresh {
    const playlist = this.#version!.playlist;
    const { cacheControl, age, serverTime, type } = answer;
    const { updateIntervalMs } = playlist;
    const waitMs = refreshDelay(
      { updateIntervalMs, cacheControl, age },
      this.#options.random(),
    );
    return {
      playlist,
      changed,
      waitMs,
      ...(serverTime ? { serverTime } : {}),
      ...(type === undefined ? {} : { type }),
    };
  }

  #bad(error: AlluviumError): Refresh {
    if (!this.#version) throw error;
    const retryAfter = error instanceof RetryLater
      ? error.retryAfter
      : undefined;
    const waitMs = retryDelay(
      this.#failures,
      retryAfter,
      this.#options.random(),
    );
    this.#options.log(
      "warn",
      `${error.describe()}; the last good version stays, next try in ${
        Math.round(waitMs / 1000)
      } s`,
    );
    const { playlist } = this.#version;
    return { playlist, changed: false, error, waitMs };
  }
}

async function* hashed(
  bytes: AsyncIterable<Uint8Array>,
  hash: { update(bytes: Uint8Array): unknown },
): AsyncGenerator<Uint8Array> {
  for await (const chunk of bytes) {
    hash.update(chunk);
    yield chunk;
  }
}

/** Whether it is the document that is wrong, not the way to it. */
function isBroken(error: unknown): error is AlluviumError {
  return error instanceof AlluviumError && error.fault === "input";
}

/** Names a local playlist as a person does: by its path. */
function withFile(error: AlluviumError): AlluviumError {
  const { url, ...place } = error.place;
  if (!url?.startsWith("file:")) return error;
  return new AlluviumError(error.code, error.message, {
    ...place,
    file: fileURLToPath(url),
    cause: error,
  });
}
