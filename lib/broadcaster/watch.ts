/**
 * Doing it again: when a folder changes and has come to rest, and now and then
 * to lay the programme out further. Troubles are told and end nothing; the last
 * good playlist stays.
 *
 * @module
 */
import { basename } from "node:path";
import type { Clock } from "../clock.ts";
import { AlluviumError, toAlluviumError } from "../errors.ts";
import {
  WATCH_EXTEND_MS,
  WATCH_QUIET_MS,
  WATCH_QUIET_MS_MAX,
} from "../limits.ts";
import { typeOfName } from "./media_types.ts";
import { isPlayerPlaylist } from "./player_playlist.ts";

/** What a watch works with. */
export interface WatchOptions {
  /** Time, and waiting. */
  clock: Clock;
  /** Ends it. */
  signal: AbortSignal;
  /** Something changed that matters; ends when the signal aborts. */
  changes: AsyncIterable<unknown>;
  /** Does the work. */
  run(): Promise<void>;
  /** Told of work that failed. */
  onError(error: AlluviumError): void;
}

/**
 * Runs, and runs again after each change, until the signal aborts. The first
 * run has been done already.
 */
export async function watch(options: WatchOptions): Promise<void> {
  const { clock, signal, run, onError } = options;
  const bell = new Bell(options.changes);
  while (!signal.aborted) {
    await bell.rung(clock, WATCH_EXTEND_MS, signal);
    await rest(bell, clock, signal);
    if (signal.aborted) break;
    try {
      await run();
    } catch (error) {
      if (signal.aborted) break;
      onError(toAlluviumError(error));
    }
  }
  await bell.ended;
}

/** Waits until nothing has changed for a while: a file is copied, a folder moved. */
async function rest(
  bell: Bell,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  const since = clock.monotonic();
  while (bell.take() && !signal.aborted) {
    if (clock.monotonic() - since >= WATCH_QUIET_MS_MAX) return;
    await clock.sleep(WATCH_QUIET_MS, signal).catch(() => {}); // Aborted: seen above.
  }
}

/** Remembers that something changed. */
class Bell {
  readonly ended: Promise<void>;
  #rings = false;
  #wake = () => {};

  constructor(changes: AsyncIterable<unknown>) {
    this.ended = this.#listen(changes);
  }

  /** Whether it rang since the last time it was asked. */
  take(): boolean {
    const rang = this.#rings;
    this.#rings = false;
    return rang;
  }

  /** Waits for a ring, or for so long. */
  rung(clock: Clock, waitMs: number, signal: AbortSignal): Promise<void> {
    if (this.#rings || signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const done = () => {
        cancel();
        signal.removeEventListener("abort", done);
        this.#wake = () => {};
        resolve();
      };
      const cancel = clock.timer(waitMs, done);
      signal.addEventListener("abort", done, { once: true });
      this.#wake = done;
    });
  }

  async #listen(changes: AsyncIterable<unknown>): Promise<void> {
    for await (const _change of changes) {
      this.#rings = true;
      this.#wake();
    }
  }
}

/**
 * The changes of a folder that matter: to media, programme files and players'
 * playlists; what the Broadcaster itself writes does not. They count from this
 * call on, whenever they are read: a file may come while the first run is at work.
 *
 * @param signal ends it, as disposing of it does
 * @throws AlluviumError `not-found` where there is no folder, `storage` where it
 *   cannot be watched
 */
export function folderChanges(
  folder: string,
  signal: AbortSignal,
): AsyncIterable<void> & Disposable {
  const watcher = watcherOf(folder);
  let isOpen = true;
  const close = () => {
    signal.removeEventListener("abort", close);
    if (isOpen) watcher.close();
    isOpen = false;
  };
  signal.addEventListener("abort", close, { once: true });
  if (signal.aborted) close();
  return { [Symbol.asyncIterator]: changes, [Symbol.dispose]: close };

  async function* changes(): AsyncGenerator<void> {
    if (!isOpen) return;
    for await (const { kind, paths } of watcher) {
      if (kind !== "access" && paths.some(matters)) yield;
    }
  }
}

function watcherOf(folder: string): Deno.FsWatcher {
  try {
    return Deno.watchFs(folder);
  } catch (cause) {
    const isMissing = cause instanceof Deno.errors.NotFound;
    const reason = isMissing
      ? "there is no such folder"
      : toAlluviumError(cause).message;
    throw new AlluviumError(
      isMissing ? "not-found" : "storage",
      `Cannot watch the folder: ${reason}`,
      { file: folder, cause },
    );
  }
}

/** A folder may have been moved with all that is in it: names without an ending count. */
function matters(path: string): boolean {
  const name = basename(path);
  if (name.startsWith(".")) return false;
  return typeOfName(name) !== undefined || isPlayerPlaylist(name) ||
    name.endsWith(".toml") || !/\.[a-z0-9]{1,5}$/i.test(name);
}
