/**
 * How many may listen, how much that may cost, for how long, and by which names.
 * Icecast's limits and its words for them.
 *
 * Promises: a listener that is let in stays for its time; none is dropped for
 * another.
 *
 * @module
 */
import type { Clock } from "../clock.ts";
import { AlluviumError } from "../errors.ts";
import type { Listener } from "./listener.ts";
import type { Mount } from "./mount.ts";
import type { MountSettings } from "./mount_settings.ts";
import type { MountTable } from "./mount_table.ts";

/** Limits on all listeners; what is absent has none but the front's own. Those of one mount are in its settings. */
export interface ListenerLimits {
  /** In all. */
  listenersMax?: number;
  /** Bits per second of all listeners together, by their mounts' bitrates. */
  bandwidthMax?: number;
  /** Milliseconds after which a listener is let go. */
  durationMsMax?: number;
}

/** Assumed of a mount that does not know its bitrate: 128 kbit/s. */
const BITRATE_UNKNOWN = 128_000;

/** Lets listeners in, and out again. */
export class ListenerRules {
  /** What is allowed. */
  readonly limits: ListenerLimits;
  readonly #mounts: MountTable;
  readonly #clock: Clock;

  /**
   * Counts listeners where they are.
   *
   * @param mounts whose listeners are counted, and whose settings hold
   */
  constructor(mounts: MountTable, clock: Clock, limits: ListenerLimits = {}) {
    this.#mounts = mounts;
    this.#clock = clock;
    this.limits = limits;
  }

  /**
   * Asks whether one more may listen to a mount.
   *
   * @throws AlluviumError `forbidden`, in Icecast's words
   */
  check(mount: Mount): void {
    const { listenersMax, bandwidthMax } = this.limits;
    const all = this.#mounts.all();
    const count = all.reduce((sum, x) => sum + x.listeners, 0);
    const isFull = count >= (listenersMax ?? Infinity) ||
      mount.listeners >= (this.#of(mount).listenersMax ?? Infinity);
    if (isFull) throw new AlluviumError("forbidden", "max listeners reached");
    const bits = all.reduce((sum, x) => sum + x.listeners * bitrate(x), 0);
    if (bits + bitrate(mount) > (bandwidthMax ?? Infinity)) {
      throw new AlluviumError("forbidden", "busy, please try again later");
    }
  }

  /** Lets a listener of a mount go when its time is up. */
  watch(mount: Mount, listener: Listener): void {
    const durationMsMax = this.#of(mount).durationMsMax ??
      this.limits.durationMsMax;
    if (durationMsMax === undefined) return;
    const cancel = this.#clock.timer(durationMsMax, () => listener.end());
    listener.onClose(cancel);
  }

  #of(mount: Mount): MountSettings {
    return this.#mounts.settings(mount.path);
  }
}

function bitrate(mount: Mount): number {
  return mount.info.bitrate || BITRATE_UNKNOWN;
}
