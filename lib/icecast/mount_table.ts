/**
 * The mounts of a program, by path. They may come and go while it runs; whoever
 * serves them asks again for each request.
 *
 * @module
 */
import { AlluviumError } from "../errors.ts";
import { MOUNT_PATH_CHARACTERS_MAX, MOUNTS_MAX } from "../limits.ts";
import { HlsTable } from "./hls/hls_table.ts";
import type { Mount } from "./mount.ts";

/** Mounts by path. */
export class MountTable {
  /** The same streams as HLS, where they can be. */
  readonly hls: HlsTable = new HlsTable();
  readonly #mounts = new Map<string, Mount>();

  /** Every mount, in the order they were added; the list is a copy. */
  all(): Mount[] {
    return [...this.#mounts.values()];
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
