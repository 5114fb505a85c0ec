/**
 * Hands leaf hashes out while a file arrives: to every member all of them from
 * the first leaf on, in order, because only the whole layer proves the root at
 * the end. The first goes out at once, then at most every 40 ms, and with a
 * crowd so seldom that three quarters of the time are left for everything else;
 * in between others get their turn. Members that are at the same place share one
 * frame. A member whose socket is full is passed over until it has drained.
 *
 * @module
 */
import type { Clock } from "../clock.ts";
import {
  GATEWAY_QUEUE_PAUSE_BYTES,
  GATEWAY_RUN_LEAVES_MAX,
} from "../limits.ts";
import type { GatewayContent } from "./content.ts";
import type { Member } from "./member.ts";

/** Between two hand-outs, from beginning to beginning. */
const PAUSE_MS = 40;

/** The same, in times that the last one took: hashes of fifteen thousand take half a second. */
const PAUSE_TIMES = 4;

/** Never longer than this: who plays while the file arrives has a few seconds in hand. */
const PAUSE_MS_MAX = 2_000;

/** Members that are served before others get their turn: about 2 ms. */
const AT_ONCE = 64;

/** Who hears of a feed. */
export interface HashFeedEvents {
  /** A member has every hash of a content that is whole. */
  caughtUp(member: Member): void;
  /** All members have; the feed has ended. */
  over(): void;
}

/** The frames of one hand-out. */
interface Frames {
  /** Leaves from the first that are handed out in it. */
  readonly until: number;
  /** By the leaves they hold. */
  readonly texts: Map<string, string>;
}

/** The feed of one content. */
export class HashFeed {
  readonly members = new Set<Member>();
  readonly #clock: Clock;
  readonly #stopWatching: () => void;
  #cancelTimer: (() => void) | undefined;
  #lastMs = -Infinity;
  /** What the last hand-out took. */
  #busyMs = 0;
  #finished = false;

  /**
   * Starts.
   *
   * @param content that arrives
   * @param clock for the pauses
   * @param events who hears of it
   */
  constructor(
    readonly content: GatewayContent,
    clock: Clock,
    private readonly events: HashFeedEvents,
  ) {
    this.#clock = clock;
    this.#stopWatching = content.watch(() => this.wake());
  }

  /** Hands out what is due, now or when the pause is over. */
  wake(): void {
    if (this.#cancelTimer !== undefined) return;
    const longMs = Math.min(PAUSE_MS_MAX, PAUSE_TIMES * this.#busyMs);
    const pauseMs = Math.max(PAUSE_MS, longMs);
    const waitMs = this.#lastMs + pauseMs - this.#clock.monotonic();
    if (waitMs <= 0) return this.#handOut();
    this.#cancelTimer = this.#clock.timer(waitMs, () => {
      this.#cancelTimer = undefined;
      this.#handOut();
    });
  }

  /** The content is whole: members that have everything may be told the root. */
  finish(): void {
    this.#finished = true;
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    this.#handOut();
  }

  /** Ends it; members keep what they have. */
  stop(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    this.#stopWatching();
    this.members.clear();
  }

  #handOut(): void {
    this.#lastMs = this.#clock.monotonic();
    this.#busyMs = 0;
    this.#handSome([...this.members].values(), {
      until: this.content.available,
      texts: new Map(),
    });
  }

  /** Serves some members, and the rest after everybody else has had a turn. */
  #handSome(rest: IterableIterator<Member>, frames: Frames): void {
    this.#cancelTimer = undefined;
    const startMs = this.#clock.monotonic();
    for (let left = AT_ONCE; left > 0; left--) {
      const { value: member, done } = rest.next();
      if (done) return this.#handedOut(startMs);
      if (this.members.has(member)) this.#feed(member, frames);
    }
    this.#busyMs += this.#clock.monotonic() - startMs;
    this.#cancelTimer = this.#clock.timer(0, () => {
      this.#handSome(rest, frames);
    });
  }

  #handedOut(startMs: number): void {
    this.#busyMs += this.#clock.monotonic() - startMs;
    if (this.#finished && this.members.size === 0) {
      this.stop();
      return this.events.over();
    }
    // Someone was passed over: look again, even if nothing more arrives.
    if (this.#isBehind()) this.wake();
  }

  #isBehind(): boolean {
    const { available } = this.content;
    for (const { sentLeaves } of this.members) {
      if (sentLeaves < available) return true;
    }
    return false;
  }

  #feed(member: Member, frames: Frames): void {
    const { until: end } = frames;
    while (
      member.sentLeaves < end &&
      member.client.backlog < GATEWAY_QUEUE_PAUSE_BYTES
    ) {
      const until = Math.min(end, member.sentLeaves + GATEWAY_RUN_LEAVES_MAX);
      member.client.sendText(this.#frame(member.sentLeaves, until, frames));
      member.sentLeaves = until;
    }
    if (!this.#finished || member.sentLeaves < this.content.available) return;
    this.members.delete(member);
    this.events.caughtUp(member);
  }

  #frame(from: number, until: number, { texts }: Frames): string {
    const place = `${from} ${until}`;
    let frame = texts.get(place);
    if (frame === undefined) {
      // Until the last member has caught up, all of them know it by its first name.
      const key = this.content.provisionalKey ?? this.content.key;
      const run = this.content.arrivedRun(from, until);
      frame = JSON.stringify({ t: "hashes", key, run });
      texts.set(place, frame);
    }
    return frame;
  }
}
