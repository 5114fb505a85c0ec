/**
 * Passing on who is on the roll of a station (`roll.ts`), so that all its members
 * come to know the same few. An entry goes once over each link, in the direction
 * that knows less, and again when it has been said anew; what comes within a
 * second goes together. Ids alone travel, no addresses: nobody can be made to
 * dial anyone by it.
 *
 * Nothing is said where a gateway says who fetches what: it costs nobody
 * anything until it is needed.
 *
 * A peer that names members who are not there delays others, each by one step of
 * their order; it cannot make them fetch twice or not at all (`origin_rules.ts`).
 *
 * @module
 */
import { ROLL_ENTRIES_BURST, ROLL_ENTRIES_PER_SECOND } from "../limits.ts";
import { TokenBucket } from "../token_bucket.ts";
import type { Content } from "./content.ts";
import type { Link } from "./link.ts";
import type { LinkTable } from "./link_table.ts";
import type { Members } from "./members.ts";
import type { PeerMessage } from "./messages.ts";
import { Roll, ROLL_LIFE_MS, type RollEntry } from "./roll.ts";
import { channelOf, stationOf } from "./stations.ts";

/** What comes within this goes together. */
const GATHER_MS = 1_000;

/** A member says that often that it is there; older words are passed on again when they are this much newer. */
const SAY_MS = 100_000;

/** What the exchange works with. */
export interface RollExchangeHost {
  readonly selfId: string;
  /** False: we fetch for nobody, and say nothing. */
  readonly share: boolean;
  readonly links: LinkTable;
  readonly members: Members;
  contents(): Iterable<Content>;
}

/** What one link knows of one roll, and what it may still tell us. */
interface Told {
  readonly saidMs: Map<string, number>;
  readonly budget: TokenBucket;
}

/** The rolls of all stations. */
export class RollExchange {
  readonly #host: RollExchangeHost;
  readonly #rolls = new Map<string, Roll>();
  readonly #told = new Map<Link, Map<string, Told>>();
  /** Stations where no gateway says who fetches what. */
  #leading = new Set<string>();
  #nextMs = -Infinity;

  /** @param host the engine's side of it */
  constructor(host: RollExchangeHost) {
    this.#host = host;
  }

  /** The roll of a station; empty until somebody is on it. */
  roll(station: string): Roll {
    let roll = this.#rolls.get(station);
    if (roll === undefined) this.#rolls.set(station, roll = new Roll());
    return roll;
  }

  /** A link and we have a station in common. */
  met(link: Link, station: string, nowMs: number): void {
    const told = this.#told.get(link) ?? new Map<string, Told>();
    this.#told.set(link, told);
    const budget = new TokenBucket(
      ROLL_ENTRIES_BURST,
      ROLL_ENTRIES_PER_SECOND,
      nowMs,
    );
    told.set(station, { saidMs: new Map(), budget });
    if (link.capacity > 0) {
      this.roll(station).add({ id: link.peerId, saidMs: nowMs });
    }
    this.#nextMs = Math.min(this.#nextMs, nowMs);
  }

  /** A link has a channel, on which it can be told. */
  matched(link: Link): void {
    if (this.#told.has(link)) this.#nextMs = -Infinity;
  }

  /** A link says who is there; what comes too often is not listened to. */
  handle(
    link: Link,
    content: Content,
    { entries }: PeerMessage & { type: "roll" },
    nowMs: number,
  ): void {
    const station = stationOf(content);
    if (station === undefined) return;
    const told = this.#told.get(link)?.get(station);
    if (told === undefined) return;
    const roll = this.roll(station);
    for (const { id, ageSeconds } of entries) {
      if (told.budget.left(nowMs) < 1) break;
      told.budget.take(1, nowMs);
      const saidMs = nowMs - ageSeconds * 1000;
      if (nowMs - saidMs > ROLL_LIFE_MS || !this.#mayEnter(id)) continue;
      if (roll.add({ id, saidMs }) >= SAY_MS) {
        this.#nextMs = Math.min(this.#nextMs, nowMs + GATHER_MS);
      }
      // Who is not on the roll is told to nobody.
      if (!roll.has(id)) continue;
      told.saidMs.set(id, Math.max(saidMs, told.saidMs.get(id) ?? -Infinity));
    }
    for (const id of told.saidMs.keys()) {
      if (told.saidMs.size <= ROLL_ENTRIES_BURST) break;
      if (!roll.has(id)) told.saidMs.delete(id);
    }
  }

  /** Sends what is due. */
  flush(nowMs: number): void {
    if (this.#nextMs > nowMs) return;
    this.#leading = this.#findLeading();
    // A gateway may be lost at any time.
    this.#nextMs = nowMs + (this.#leading.size > 0 ? SAY_MS : GATHER_MS);
    for (const station of this.#leading) this.#flushStation(station, nowMs);
  }

  /** When {@linkcode flush} may have something to send; Infinity if nothing is new. */
  nextMs(): number {
    return this.#leading.size > 0 ? this.#nextMs : Infinity;
  }

  /** A station is heard no more. */
  leave(station: string): void {
    this.#rolls.delete(station);
    for (const told of this.#told.values()) told.delete(station);
  }

  /** A link is gone. */
  dropLink(link: Link): void {
    this.#told.delete(link);
  }

  /** A peer is banned: it fetches for nobody. */
  ban(id: string): void {
    for (const roll of this.#rolls.values()) roll.remove(id);
  }

  #mayEnter(id: string): boolean {
    return id !== this.#host.selfId && !this.#host.members.isBanned(id);
  }

  #findLeading(): Set<string> {
    const leading = new Set<string>();
    for (const content of this.#host.contents()) {
      const station = stationOf(content);
      if (station === undefined || content.hashes === undefined) continue;
      if (content.gateway === "none") leading.add(station);
    }
    return leading;
  }

  #flushStation(station: string, nowMs: number): void {
    const roll = this.roll(station);
    const { selfId, share, links } = this.#host;
    roll.expire(nowMs);
    if (!share) return;
    roll.add({ id: selfId, saidMs: nowMs });
    const entries = [...roll.entries()];
    for (const [link, stations] of this.#told) {
      const told = stations.get(station);
      if (told === undefined || link.guest) continue;
      const channel = channelOf(link, station, this.#host.contents());
      if (channel === undefined) continue;
      const news = entries.filter(({ id, saidMs }) =>
        id !== link.peerId &&
        saidMs - (told.saidMs.get(id) ?? -Infinity) >= SAY_MS
      );
      if (news.length === 0) continue;
      for (const { id, saidMs } of news) told.saidMs.set(id, saidMs);
      links.send(link, {
        type: "roll",
        channel,
        entries: news.map((entry) => aged(entry, nowMs)),
      });
    }
  }
}

function aged({ id, saidMs }: RollEntry, nowMs: number) {
  return { id, ageSeconds: Math.max(0, Math.ceil((nowMs - saidMs) / 1000)) };
}
