/**
 * The mounts of a program, by path. They may come and go while it runs; whoever
 * serves them asks again for each request.
 *
 * Promises: a mount's settings hold from its first moment. One with a fallback is
 * there as soon as that is, even if nobody ever sends to it.
 *
 * @module
 */
import type { Clock } from "../clock.ts";
import { AlluviumError } from "../errors.ts";
import { MOUNT_PATH_CHARACTERS_MAX, MOUNTS_MAX } from "../limits.ts";
import type { Log } from "../log.ts";
import { HlsTable } from "./hls/hls_table.ts";
import { Mount } from "./mount.ts";
import {
  checkFallbacks,
  type MountSettings,
  settingsInfo,
  type SettingsTable,
} from "./mount_settings.ts";

/** What settings need besides themselves. */
export interface SettingsContext {
  /** Tells when mounts were made. */
  clock: Clock;
  /** Told of fallbacks that cannot be. @default {silentLog} */
  log?: Log;
}

/** Mounts by path. */
export class MountTable {
  /** The same streams as HLS, where they can be. */
  readonly hls: HlsTable = new HlsTable();
  readonly #mounts = new Map<string, Mount>();
  #settings: SettingsTable = {};
  #context: SettingsContext | undefined;

  /**
   * Sets what holds for single mounts; those that are there and those to come.
   *
   * @throws AlluviumError `usage` for fallbacks in a circle
   */
  configure(settings: SettingsTable, context: SettingsContext): void {
    checkFallbacks(settings);
    this.#settings = settings;
    this.#context = context;
    for (const mount of this.all()) this.#set(mount);
  }

  /** What was set for a mount. */
  settings(path: string): MountSettings {
    return Object.hasOwn(this.#settings, path) ? this.#settings[path]! : {};
  }

  /** Every mount, in the order they were added; the list is a copy. */
  all(): Mount[] {
    return [...this.#mounts.values()];
  }

  /** Every mount, by path, as Icecast lists them; the list is a copy. */
  byPath(): Mount[] {
    return this.all().sort((a, b) => a.path < b.path ? -1 : 1);
  }

  /** The mount at a path, e.g. `/stream.mp3`, as in `URL.pathname`. */
  get(path: string): Mount | undefined {
    return this.#mounts.get(path);
  }

  /**
   * Offers a mount.
   *
   * @throws AlluviumError `bad-request` for a path that cannot be one or is taken, `busy` beyond MOUNTS_MAX
   */
  add(mount: Mount): void {
    if (!isMountPath(mount.path)) {
      throw new AlluviumError(
        "bad-request",
        `Cannot mount at "${mount.path}": expected a plain path such as /stream.mp3`,
      );
    }
    if (this.#mounts.has(mount.path)) {
      throw new AlluviumError(
        "bad-request",
        `Cannot mount at "${mount.path}": it is in use`,
      );
    }
    if (this.#mounts.size >= MOUNTS_MAX) {
      throw new AlluviumError(
        "busy",
        `Cannot offer more than ${MOUNTS_MAX} mounts`,
      );
    }
    this.#mounts.set(mount.path, mount);
    this.#set(mount);
  }

  /** Takes a mount away and ends it for its listeners; nothing where there is none. */
  remove(path: string): void {
    const mount = this.#mounts.get(path);
    this.#mounts.delete(path);
    mount?.close();
  }

  /** Takes every mount away. */
  clear(): void {
    for (const path of [...this.#mounts.keys()]) this.remove(path);
  }

  /** Applies what was set for a mount, and what was set of others with it. */
  #set(mount: Mount): void {
    const settings = this.settings(mount.path);
    const { charset, fallback } = settings;
    if (charset !== undefined) mount.setCharset(charset);
    mount.describe(settingsInfo(settings));
    const to = fallback === undefined ? undefined : this.get(fallback);
    if (to !== undefined) this.#link(mount, to);
    for (const [path, other] of Object.entries(this.#settings)) {
      if (other.fallback !== mount.path) continue;
      const from = this.get(path);
      if (from === undefined) this.#make(path, mount);
      else this.#link(from, mount);
    }
  }

  /** A mount that waits for its source; linked as it is added. */
  #make(path: string, fallback: Mount): void {
    const { clock } = this.#context!;
    const { contentType } = fallback;
    this.add(new Mount({ path, contentType, name: "", clock }));
  }

  #link(from: Mount, to: Mount): void {
    if (from.fallBackTo(to)) return;
    this.#context?.log?.(
      "warn",
      `${from.path} cannot fall back to ${to.path}: it is ${to.contentType}, not ${from.contentType}`,
    );
  }
}

/**
 * Whether a text can be a mount's path: what a URL's path would be as it stands,
 * without `..`, control characters, or what a URL gives another meaning.
 */
export function isMountPath(path: string): boolean {
  return path.length > 1 && path.length <= MOUNT_PATH_CHARACTERS_MAX &&
    /^\/[A-Za-z0-9\-._~!$&'()+,;=:@%/]*[^/]$/.test(path) &&
    URL.parse(path, "http://localhost")?.pathname === path &&
    isHarmless(path);
}

/** Whether what the percent signs stand for is plain text as well. */
function isHarmless(path: string): boolean {
  try {
    // deno-lint-ignore no-control-regex
    return !/[\x00-\x1f\x7f\\]|%2f/i.test(path + decodeURIComponent(path));
  } catch {
    return false;
  }
}
