/**
 * Those who come to a content that is all here. They want something, so they
 * dial; if both did at once, chance would say which link stays, and what comes by
 * a link that was accepted is copied once more (`connection.ts`). So whoever wants
 * nothing lets them begin, and dials only those who have not come after a moment.
 *
 * @module
 */
import type { Clock } from "../clock.ts";
import { NEWCOMERS_MAX } from "../limits.ts";
import type { Content } from "../swarm/content.ts";
import type { PeerAddress } from "../swarm/members.ts";

/** What joining, opening and dialling take a newcomer on a slow network. */
export const NEWCOMER_MS = 500;

/** Newcomers that are waited for. */
export class Newcomers {
  readonly #waiting = new Map<string, () => void>();

  /** @param due hears of those whose time is over */
  constructor(
    readonly clock: Clock,
    readonly due: (content: Content, peer: PeerAddress) => void,
  ) {}

  /** They have come to a content; those over the limit are due at once. */
  add(content: Content, peers: readonly PeerAddress[]): void {
    for (const peer of peers) {
      const name = nameOf(content, peer.id);
      if (this.#waiting.has(name)) continue;
      if (this.#waiting.size >= NEWCOMERS_MAX) this.due(content, peer);
      else {
        const cancel = this.clock.timer(NEWCOMER_MS, () => {
          this.#waiting.delete(name);
          this.due(content, peer);
        });
        this.#waiting.set(name, cancel);
      }
    }
  }

  /** They have left it again. */
  drop(content: Content, ids: readonly string[]): void {
    for (const id of ids) {
      const name = nameOf(content, id);
      this.#waiting.get(name)?.();
      this.#waiting.delete(name);
    }
  }

  /** Nobody is waited for any more. */
  close(): void {
    for (const cancel of this.#waiting.values()) cancel();
    this.#waiting.clear();
  }
}

function nameOf({ key }: Content, id: string): string {
  return `${key} ${id}`;
}
