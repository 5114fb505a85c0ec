/**
 * Hands leaf hashes out while a file arrives: to every member all of them from
 * the first leaf on, in order, because only the whole layer proves the root at
 * the end. The first goes out at once, then at most every 40 ms. Members that
 * are at the same place share one frame. A member whose socket is full is passed
 * over until it has drained.
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

/** Between two hand-outs. */
const PAUSE_MS = 40;

/** Who hears of a feed. */
export interface HashFeedEvents {
  /** A member has every hash of a content that is whole. */
  caughtUp(member: Member): void;
  /** All members have; the feed has ended. */
  over(): void;
}

/** The feed of one content. */
export class HashFeed {
  readonly members = new Set<Member>();
  readonly #clock: Clock;
  readonly #stopWatching: () => void;
  #cancelTimer: (() => void) | undefined;
  #lastMs = -Infinity;
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
    const waitMs = this.#lastMs + PAUSE_MS - this.#clock.monotonic();
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
    const frames = new Map<string, string>();
    for (const member of [...this.members]) this.#feed(member, frames);
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

  #feed(member: Member, frames: Map<string, string>): void {
    const { available } = this.content;
    while (
      member.sentLeaves < available &&
      member.client.backlog < GATEWAY_QUEUE_PAUSE_BYTES
    ) {
      const until = Math.min(
        available,
        member.sentLeaves + GATEWAY_RUN_LEAVES_MAX,
      );
      member.client.sendText(this.#frame(member.sentLeaves, until, frames));
      member.sentLeaves = until;
    }
    if (!this.#finished || member.sentLeaves < available) return;
    this.members.delete(member);
    this.events.caughtUp(member);
  }

  #frame(from: number, until: number, frames: Map<string, string>): string {
    const place = `${from} ${until}`;
    let frame = frames.get(place);
    if (frame === undefined) {
      // Until the last member has caught up, all of them know it by its first name.
      const key = this.content.provisionalKey ?? this.content.key;
      const run = this.content.arrivedRun(from, until);
      frame = JSON.stringify({ t: "hashes", key, run });
      frames.set(place, frame);
    }
    return frame;
  }
}
