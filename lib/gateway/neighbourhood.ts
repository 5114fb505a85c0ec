/**
 * Peers of other gateways among our own: each is entered into the tracker as a
 * client with a negative number, so that it is chosen, told and dropped like any
 * other. Only contents that our own clients take part in are followed. A peer
 * that its gateway does not name again in time is gone, and its gateway with it.
 *
 * @module
 */
import type { Clock } from "../clock.ts";
import {
  GATEWAY_NEIGHBOUR_PEERS_MAX,
  GATEWAY_NEIGHBOUR_REFRESH_MS,
  GATEWAY_NEIGHBOUR_SILENCE_MS_MAX,
} from "../limits.ts";
import type { PeerRecord } from "./messages.ts";
import type { NeighbourNews, Neighbours } from "./neighbours.ts";
import type { Tracker } from "./tracker.ts";

/** A peer elsewhere. */
interface Distant {
  /** Negative: never one of ours. */
  client: number;
  untilMs: number;
}

/** What a neighbourhood works with. */
export interface NeighbourhoodTools {
  tracker: Tracker;
  neighbours: Neighbours;
  clock: Clock;
  /** The tracker may have news. */
  changed(): void;
}

/** The peers of other gateways. */
export class Neighbourhood {
  readonly #tools: NeighbourhoodTools;
  /** Contents followed, their peers elsewhere by id. */
  readonly #followed = new Map<string, Map<string, Distant>>();
  #lastNumber = 0;
  #cancelRefresh: (() => void) | undefined;

  /** @param tools what it works with */
  constructor(tools: NeighbourhoodTools) {
    this.#tools = tools;
    tools.neighbours.listen({
      handleNews: (news) => {
        for (const one of news) this.#take(one);
        tools.changed();
      },
      handleLoss: () => {
        this.#tellAll();
        for (const key of this.#followed.keys()) void this.#load(key);
      },
    });
    this.#refreshLater();
  }

  /** One of our clients takes part in a content. */
  follow(key: string): void {
    if (this.#followed.has(key)) return;
    this.#followed.set(key, new Map());
    void this.#load(key);
  }

  /** A content has another name; the tracker knows already. */
  rename(from: string, to: string): void {
    const old = this.#followed.get(from);
    if (old === undefined || from === to) return;
    this.#followed.delete(from);
    const there = this.#followed.get(to) ?? new Map<string, Distant>();
    this.#followed.set(to, there);
    for (const [id, distant] of old) {
      if (there.has(id)) this.#tools.tracker.exit(distant.client);
      else there.set(id, distant);
    }
    void this.#load(to);
  }

  /** Says what has changed among our own. */
  tellOwn(): void {
    const news = this.#tools.tracker.pollOwn();
    if (news.length > 0) this.#tools.neighbours.tell(news);
  }

  /** Ends the refreshing. */
  close(): void {
    this.#cancelRefresh?.();
  }

  #take({ key, id, peer }: NeighbourNews): void {
    const there = this.#followed.get(key);
    if (there === undefined) return;
    const known = there.get(id);
    if (peer === undefined) {
      if (known !== undefined) this.#drop(there, id, known);
    } else if (known !== undefined) {
      known.untilMs = this.#untilMs();
      this.#tools.tracker.share(known.client, key, peer.share);
    } else if (there.size < GATEWAY_NEIGHBOUR_PEERS_MAX) {
      there.set(id, this.#enter(key, peer));
    }
  }

  #enter(key: string, peer: PeerRecord): Distant {
    const { tracker } = this.#tools;
    const client = --this.#lastNumber;
    tracker.enter({ ...peer, client, share: true, reachable: true });
    tracker.join(client, key);
    tracker.share(client, key, peer.share);
    return { client, untilMs: this.#untilMs() };
  }

  #drop(there: Map<string, Distant>, id: string, { client }: Distant): void {
    there.delete(id);
    this.#tools.tracker.exit(client);
  }

  async #load(key: string): Promise<void> {
    for (const peer of await this.#tools.neighbours.load(key)) {
      this.#take({ key, id: peer.id, peer });
    }
    this.#tools.changed();
  }

  #untilMs(): number {
    return this.#tools.clock.monotonic() + GATEWAY_NEIGHBOUR_SILENCE_MS_MAX;
  }

  #tellAll(): void {
    const { tracker, neighbours } = this.#tools;
    const all = tracker.own();
    if (all.length > 0) neighbours.tell(all);
  }

  #refreshLater(): void {
    const { clock } = this.#tools;
    this.#cancelRefresh = clock.timer(GATEWAY_NEIGHBOUR_REFRESH_MS, () => {
      this.#tellAll();
      this.#sweep();
      this.#refreshLater();
    });
  }

  /** Drops who was not named again, and contents none of ours is in. */
  #sweep(): void {
    const { tracker, clock, changed } = this.#tools;
    const nowMs = clock.monotonic();
    for (const [key, there] of this.#followed) {
      const alone = tracker.members(key) <= there.size;
      for (const [id, distant] of there) {
        if (alone || distant.untilMs <= nowMs) this.#drop(there, id, distant);
      }
      if (alone) this.#followed.delete(key);
    }
    changed();
  }
}
