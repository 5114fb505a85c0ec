/**
 * The media of some stations, as their playlists name it: what a gateway with
 * `--station` takes and nothing else. A file that is not named yet makes the
 * playlists be read again, since listeners may have a newer one than we.
 *
 * @module
 */
import type { Clock } from "../clock.ts";
import { toAlluviumError } from "../errors.ts";
import { PLAYLIST_REFRESH_MS_MIN } from "../limits.ts";
import type { Log } from "../log.ts";
import { PlaylistSource } from "../playlist/mod.ts";

/** What a station list works with. */
export interface StationListTools {
  clock: Clock;
  random: () => number;
  log: Log;
  /** Fetches playlists. @default {globalThis.fetch} */
  fetch?: typeof fetch;
}

/** The media URLs of some stations. */
export class StationList {
  readonly #sources: PlaylistSource[];
  readonly #clock: Clock;
  readonly #log: Log;
  #urls = new Set<string>();
  #readMs = -Infinity;
  #reading: Promise<void> | undefined;

  /**
   * Names the stations; nothing is read yet.
   *
   * @param urls of their playlists
   * @throws {AlluviumError} `url-forbidden` for what is no playlist's address
   */
  constructor(urls: readonly string[], tools: StationListTools) {
    this.#clock = tools.clock;
    this.#log = tools.log;
    this.#sources = urls.map((url) => new PlaylistSource(url, tools));
  }

  /** Whether a station plays this file; reads the playlists again, not too often, if none is known to. */
  async plays(url: string): Promise<boolean> {
    if (this.#urls.has(url)) return true;
    const sinceMs = this.#clock.monotonic() - this.#readMs;
    if (sinceMs < PLAYLIST_REFRESH_MS_MIN && this.#reading === undefined) {
      return false;
    }
    await (this.#reading ??= this.#read());
    return this.#urls.has(url);
  }

  async #read(): Promise<void> {
    this.#readMs = this.#clock.monotonic();
    const all = await Promise.all(this.#sources.map(async (source) => {
      try {
        return (await source.refresh()).playlist;
      } catch (error) {
        const { href: url } = source.url;
        this.#log("warn", toAlluviumError(error).message, { url });
        return undefined;
      }
    }));
    const urls = all.flatMap((playlist) => playlist?.items ?? [])
      .map(({ url }) => URL.parse(url)?.href ?? url);
    this.#urls = new Set(urls.map((url) => url.replace(/#.*$/, "")));
    this.#reading = undefined;
  }
}
