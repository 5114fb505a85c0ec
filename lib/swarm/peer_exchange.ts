/**
 * Peers telling each other of peers, with the limits of BEP 11: only of those
 * they are linked to at an address that was dialled and answered with that very
 * id, only to those of the same station, fifty a message and, after a quick
 * start, one message a minute; the first after half a minute where a gateway
 * names members. Who shares nothing, who cannot be dialled and who
 * is banned is never told of; an address of this network is told in this network
 * alone.
 *
 * A peer that dialled us is asked back once whether it answers at the address it
 * came from (`probe`), so that it can be told of, and nobody else's address in
 * its place. One that is known by addresses of both families is asked at the
 * other one, too: whoever is told gets the one of its own family. A peer for
 * which there is no room is told of others and let go, so that any one address is
 * enough to enter a station of any size; or another, that needs its place less
 * (`least_needed.ts`).
 *
 * @module
 */
import { PEERS_MESSAGES_BURST, PEERS_TOLD_MAX } from "../limits.ts";
import { TokenBucket } from "../token_bucket.ts";
import type { Action } from "./actions.ts";
import { isDialable, reaches, reachOf } from "./address_space.ts";
import type { Content } from "./content.ts";
import { LeastNeeded } from "./least_needed.ts";
import type { Link } from "./link.ts";
import type { LinkTable } from "./link_table.ts";
import type { Members } from "./members.ts";
import type { PeerMessage } from "./messages.ts";
import { familyOf, type PeerAddress } from "./places.ts";
import { channelOf, stationOf } from "./stations.ts";

/** News of a crowd is gathered this long … */
const GATHER_MS = 2_000;

/** … and where a gateway names members this long: peers are for when it is gone. */
const GATHER_NAMED_MS = 30_000;

/** In the long run one message a minute: BEP 11. */
const MESSAGE_MS = 60_000;

/** What a listener counts as a minute: clocks and ways differ. */
const HEARD_MS = 50_000;

/** What the exchange works with. */
export interface PeerExchangeHost {
  readonly share: boolean;
  readonly links: LinkTable;
  readonly members: Members;
  readonly random: () => number;
  contents(): Iterable<Content>;
  act(action: Action): void;
  /** A guest may stay. */
  welcome(link: Link): void;
}

/** What one link was told of one station. */
interface Round {
  readonly told: Set<string>;
  /** Messages that may go now; a fraction more with time. */
  tokens: number;
  tokensMs: number;
  /** Something may have changed since. */
  news: boolean;
}

/** The exchange over all links. */
export class PeerExchange {
  readonly #host: PeerExchangeHost;
  readonly #rounds = new Map<Link, Map<string, Round>>();
  /** Messages that each link may still bring. */
  readonly #heard = new Map<Link, TokenBucket>();
  readonly #leastNeeded = new LeastNeeded();
  #nextMs = Infinity;

  /** @param host the engine's side of it */
  constructor(host: PeerExchangeHost) {
    this.#host = host;
  }

  /** A link and we have a station in common. */
  met(link: Link, station: string, nowMs: number): void {
    const rounds = this.#rounds.get(link) ?? new Map<string, Round>();
    this.#rounds.set(link, rounds);
    const round = {
      told: new Set<string>(),
      tokens: PEERS_MESSAGES_BURST - 1,
      tokensMs: nowMs - GATHER_MS,
      news: true,
    };
    rounds.set(station, round);
    this.#nextMs = Math.min(this.#nextMs, this.#readyMs(link, station, round));
    if (link.places.length > 0) this.#changed(link.stations, nowMs);
  }

  /** A link has a channel, on which it can be told. */
  matched(link: Link): void {
    for (const [station, round] of this.#rounds.get(link) ?? []) {
      const readyMs = this.#readyMs(link, station, round);
      this.#nextMs = Math.min(this.#nextMs, readyMs);
    }
  }

  /** A hello came: where the other side can be dialled is known, or asked. */
  greeted(link: Link, port: number): void {
    const { peerId: id, host, outgoing } = link;
    const peer = { id, host: host ?? "", port };
    if (!this.#host.share || link.capacity === 0 || !isDialable(peer)) return;
    const { members, act } = this.#host;
    const isDialled = outgoing && link.dialled?.id === id &&
      link.dialled.port === port;
    if (isDialled || members.isNamed(peer)) link.places.push(peer);
    else act({ type: "probe", link: link.id, peer });
    for (const other of members.elsewhere(peer)) {
      act({ type: "probe", link: link.id, peer: other });
    }
  }

  /** The peer of a link answers at an address of its own. */
  handleProbed(number: number, peer: PeerAddress, nowMs: number): void {
    const link = this.#host.links.get(number);
    if (link === undefined) return;
    link.places.push(peer);
    this.#changed(link.stations, nowMs);
  }

  /** We are told of others; what comes too often is not listened to. */
  handle(
    link: Link,
    content: Content,
    { add, drop }: PeerMessage & { type: "peers" },
    nowMs: number,
  ): void {
    const station = stationOf(content);
    if (station === undefined || !this.#mayTell(link, nowMs)) return;
    const { members } = this.#host;
    this.gone(members.unhear(link.id, drop));
    const heard = members.hear(link, add, station, nowMs);
    for (const other of this.#host.contents()) {
      if (stationOf(other) !== station) continue;
      for (const id of heard) other.heard.add(id);
    }
  }

  /** Sends what is due; lets guests go that were told. */
  flush(nowMs: number): void {
    if (this.#nextMs > nowMs) return;
    this.#nextMs = Infinity;
    for (const [link, rounds] of [...this.#rounds]) {
      if (!link.leaving) this.#flushLink(link, rounds, nowMs);
    }
  }

  #flushLink(link: Link, rounds: Map<string, Round>, nowMs: number): void {
    for (const [station, round] of rounds) {
      if (this.#readyMs(link, station, round) <= nowMs) {
        const told = this.#tell(link, station, round, nowMs);
        if (!told) continue;
        if (link.guest && !this.#makeRoom(link, nowMs)) return;
      }
      const readyMs = this.#readyMs(link, station, round);
      this.#nextMs = Math.min(this.#nextMs, readyMs);
    }
  }

  /** Lets go of a guest that was told of others, or of who needs its place less; false where the guest goes. */
  #makeRoom(guest: Link, nowMs: number): boolean {
    const { links, welcome } = this.#host;
    const other = this.#leastNeeded.pick(links.all(), guest, nowMs);
    links.letGo(other ?? guest, nowMs);
    if (other === undefined) return false;
    welcome(guest);
    if (guest.places.length > 0) this.#changed(guest.stations, nowMs);
    return true;
  }

  /** When {@linkcode flush} may have something to send; Infinity if nothing is new. */
  nextMs(): number {
    return this.#nextMs;
  }

  /** A station is heard no more. */
  leave(station: string): void {
    for (const rounds of this.#rounds.values()) rounds.delete(station);
  }

  /** A link is gone. */
  dropLink(link: Link, nowMs: number): void {
    this.#rounds.delete(link);
    this.#heard.delete(link);
    this.gone(this.#host.members.unhear(link.id));
    if (link.places.length > 0) this.#changed(link.stations, nowMs);
  }

  /** Nobody speaks of these any more, or they do not answer. */
  gone(ids: readonly string[]): void {
    if (ids.length === 0) return;
    for (const { heard } of this.#host.contents()) {
      for (const id of ids) heard.delete(id);
    }
  }

  #changed(stations: ReadonlySet<string>, nowMs: number): void {
    for (const [link, rounds] of this.#rounds) {
      for (const [station, round] of rounds) {
        if (!stations.has(station)) continue;
        round.news = true;
        const readyMs = this.#readyMs(link, station, round);
        const dueMs = Math.max(nowMs + GATHER_MS, readyMs);
        this.#nextMs = Math.min(this.#nextMs, dueMs);
      }
    }
  }

  /** When a link may be told again; Infinity while nothing is new. */
  #readyMs(link: Link, station: string, round: Round): number {
    const { tokens, tokensMs, news } = round;
    if (!news) return Infinity;
    const gatherMs = !link.guest && this.#isNamed(station)
      ? GATHER_NAMED_MS
      : GATHER_MS;
    return tokensMs + Math.max(gatherMs, (1 - tokens) * MESSAGE_MS);
  }

  /** Whether a gateway says who a station's members are. */
  #isNamed(station: string): boolean {
    let named = false;
    for (const content of this.#host.contents()) {
      if (stationOf(content) !== station) continue;
      if (content.gateway !== "ready") return false;
      named = true;
    }
    return named;
  }

  /** Tells a link what it does not know; false while it has no channel to be told on. */
  #tell(link: Link, station: string, round: Round, nowMs: number): boolean {
    const channel = channelOf(link, station, this.#host.contents());
    if (channel === undefined) return false;
    const known = this.#known(link, station);
    const fresh = [...known.values()].filter(({ id }) => !round.told.has(id));
    const stale = [...round.told].filter((id) => !known.has(id));
    const add = this.#some(fresh);
    const drop = stale.slice(0, PEERS_TOLD_MAX);
    round.news = fresh.length > add.length || stale.length > drop.length;
    if (add.length + drop.length === 0) return true;
    for (const { id } of add) round.told.add(id);
    for (const id of drop) round.told.delete(id);
    round.tokens = tokensOf(round, nowMs) - 1;
    round.tokensMs = nowMs;
    this.#host.links.send(link, { type: "peers", channel, add, drop });
    return true;
  }

  /** Whom a link may be told of, by id. */
  #known(link: Link, station: string): Map<string, PeerAddress> {
    const known = new Map<string, PeerAddress>();
    for (const other of this.#host.links.all()) {
      const { places, stations, guest, peerId: id } = other;
      if (places.length === 0 || guest || !stations.has(station)) continue;
      if (other === link || id === link.peerId) continue;
      const place = placeFor(link, other);
      if (place !== undefined) known.set(id, place);
    }
    return known;
  }

  /** As many as go into a message, chosen at random. */
  #some(peers: PeerAddress[]): PeerAddress[] {
    for (let i = 0; i < Math.min(PEERS_TOLD_MAX, peers.length); i++) {
      const j = i + Math.floor(this.#host.random() * (peers.length - i));
      [peers[i], peers[j]] = [peers[j]!, peers[i]!];
    }
    return peers.slice(0, PEERS_TOLD_MAX);
  }

  #mayTell(link: Link, nowMs: number): boolean {
    const bucket = this.#heard.get(link) ??
      new TokenBucket(PEERS_MESSAGES_BURST, 1000 / HEARD_MS, nowMs);
    this.#heard.set(link, bucket);
    if (bucket.left(nowMs) < 1) return false;
    bucket.take(1, nowMs);
    return true;
  }
}

/** The place of a peer that another can use: rather one of the family by which that one is linked, which it is sure to have. */
function placeFor(link: Link, { places, host, reach }: Link) {
  const useful = places.filter((place) =>
    reaches(place.host === host ? reach : reachOf(place.host), link.reach)
  );
  const family = familyOf(link.host ?? "");
  return useful.find((place) => familyOf(place.host) === family) ?? useful[0];
}

function tokensOf({ tokens, tokensMs }: Round, nowMs: number): number {
  const earned = (nowMs - tokensMs) / MESSAGE_MS;
  return Math.min(PEERS_MESSAGES_BURST - 1, tokens + earned);
}
