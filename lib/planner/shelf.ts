/**
 * All the pools of a station: one a folder or playlist, made when first asked
 * for and shared by all that play from it. Pure.
 *
 * @module
 */
import type { Track } from "./airing.ts";
import type { History } from "./history.ts";
import { Pool } from "./pool.ts";
import { seeded } from "./random.ts";
import type { Source } from "./station.ts";

/** The media of a station. */
export interface Library {
  /** In the order in which a person would list them. */
  tracks: readonly Track[];
  /** Paths of the media that playlists name, by the playlist's own path. */
  playlists: ReadonlyMap<string, readonly string[]>;
}

/** Pools by where they come from. */
export class Shelf {
  readonly #byPath: Map<string, Track>;
  readonly #pools = new Map<string, Pool>();

  /** @param seed decides the order of what was never on */
  constructor(
    readonly library: Library,
    readonly history: History,
    readonly seed: string,
  ) {
    this.#byPath = new Map(library.tracks.map((track) => [track.path, track]));
  }

  /** A track by its path. */
  track(path: string): Track | undefined {
    return this.#byPath.get(path);
  }

  /** The pool of a source. */
  pool({ folder, playlist }: Pick<Source, "folder" | "playlist">): Pool {
    const key = playlist === undefined ? `in ${folder}` : `by ${playlist}`;
    const known = this.#pools.get(key);
    if (known) return known;
    const tracks = playlist === undefined
      ? this.#inFolder(folder)
      : this.#inPlaylist(playlist);
    const pool = new Pool(tracks, this.history, seeded(this.seed, key));
    this.#pools.set(key, pool);
    return pool;
  }

  /** A track was on: it goes to the end of every queue it is in. */
  aired(track: Track): void {
    for (const pool of this.#pools.values()) pool.aired(track);
  }

  #inFolder(folder: string): Track[] {
    if (folder === "") return [...this.library.tracks];
    return this.library.tracks.filter(({ path }) =>
      path === folder || path.startsWith(`${folder}/`)
    );
  }

  /** Each once: a list that names a file twice plays it in its first place. */
  #inPlaylist(playlist: string): Track[] {
    const paths = this.library.playlists.get(playlist) ?? [];
    return [...new Set(paths)].map((path) => this.#byPath.get(path))
      .filter((track) => track !== undefined);
  }
}
