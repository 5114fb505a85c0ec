/**
 * Who takes part in what: the peers of each content, whom they were told of,
 * and what has changed since. Pure: chance is an argument, and changes wait
 * until {@linkcode Tracker.pollChanges} takes them out, so that a crowd that
 * comes at once makes one message a client and not one per pair.
 *
 * Nobody is told of a peer that the gateway could not dial back, that does not
 * share, or whose address means nothing where the other one is. Answers mix at
 * random and take few peers of one network: whoever owns a network must not own
 * the list.
 *
 * A newcomer is told of others and dials them; those who know enough peers are
 * not told of it. Who knows too few hears of newcomers, and of others who leave,
 * at once, as does everyone of a peer that has gone offline. That somebody has
 * left a content can wait: when an item ends, everyone does.
 *
 * @module
 */
import { GATEWAY_PEERS_PER_ANSWER } from "../limits.ts";
import {
  Acquaintance,
  type Change,
  type Group,
  type KnownPeer,
  knownPeer,
  placeAt,
  reaches,
  type TrackedPeer,
} from "./acquaintance.ts";
import type { ClientNumber } from "./lease_book.ts";
import { familyOf, type Place } from "../swarm/places.ts";
import type { PeerRecord } from "./messages.ts";
import type { NeighbourNews } from "./neighbours.ts";

export type { Change, TrackedPeer } from "./acquaintance.ts";

/** Peers asked at once to dial out to a newcomer. */
const DIALS_PER_NEWCOMER = 4;

/** Members looked at for one answer, as a multiple of those wanted: some are of one network. */
const LOOKS_PER_PEER = 8;

/** Members up to which a group is shuffled; more than are ever looked at at once. */
const FEW_MAX = 256;

/** A client, and its part in each content: few, so a list will do. */
interface Client {
  readonly peer: KnownPeer;
  readonly parts: Acquaintance[];
}

/** The members of all contents. */
export class Tracker {
  readonly #groups = new Map<string, Group>();
  readonly #clients = new Map<ClientNumber, Client>();
  readonly #urgent = new Set<Acquaintance>();
  readonly #patient = new Set<Acquaintance>();
  #own: NeighbourNews[] = [];

  /** @param random numbers in [0, 1) */
  constructor(readonly random: () => number) {}

  /** Clients known. */
  get clients(): number {
    return this.#clients.size;
  }

  /** Members of a content, listed or not. */
  members(key: string): number {
    return this.#groups.get(key)?.list.length ?? 0;
  }

  /**
   * Public peers that say they hold a content whole, in the order they came.
   *
   * @param askedFrom the address of who is to be told @default {nobody is}
   */
  mirrors(key: string, askedFrom?: string): Acquaintance[] {
    const publics = this.#groups.get(key)?.publics ?? [];
    return [...publics].filter(({ mirrors, peer }) =>
      mirrors && (askedFrom === undefined || reaches(askedFrom, peer))
    );
  }

  /** A client said hello. It must not be known yet. */
  enter(peer: TrackedPeer): void {
    this.#clients.set(peer.client, { peer: knownPeer(peer), parts: [] });
  }

  /** A client is gone. */
  exit(client: ClientNumber): void {
    for (const part of [...this.#clients.get(client)?.parts ?? []]) {
      this.#leave(client, part.group.key, true);
    }
    this.#clients.delete(client);
  }

  /**
   * The gateway dialled a client back, or could not. One that answered may be
   * listed from now on, at the first two places of different families.
   *
   * @param at where @default {the address of its socket and the port it told}
   */
  handleDialBack(
    client: ClientNumber,
    answers: boolean,
    at?: Place,
  ): void {
    const { peer, parts = [] } = this.#clients.get(client) ?? {};
    if (peer === undefined || !answers) return;
    if (peer.reachable) {
      if (at === undefined || familyOf(at.host) === familyOf(peer.host)) return;
      peer.also = at;
    } else {
      if (at !== undefined) placeAt(peer, at);
      peer.reachable = true;
      for (const member of parts) this.#introduce(member);
    }
    for (const member of parts) this.#note(member, true);
  }

  /** Whether a client was dialled back, at any address. */
  isReachable(client: ClientNumber): boolean {
    return this.#clients.get(client)?.peer.reachable ?? false;
  }

  /**
   * A client takes part in a content.
   *
   * @returns peers to link with, GATEWAY_PEERS_PER_ANSWER at most; the ones it
   *   already knows if it takes part already
   */
  join(client: ClientNumber, key: string): PeerRecord[] {
    const known = this.#clients.get(client);
    if (known === undefined) return [];
    const member = this.#part(client, key) ?? this.#welcome(known, key);
    return member.view.map(({ record }) => record);
  }

  /** A client takes part no more; harmless if it did not. */
  leave(client: ClientNumber, key: string): void {
    this.#leave(client, key, false);
  }

  #leave(client: ClientNumber, key: string, offline: boolean): void {
    const member = this.#part(client, key);
    if (member === undefined) return;
    const parts = this.#clients.get(client)?.parts;
    parts?.splice(parts.indexOf(member), 1);
    if (member.listed) this.#note(member, false);
    for (const other of member.leave()) {
      this.#tellSoon(other, offline || other.lonely);
    }
    if (member.group.list.length === 0) this.#groups.delete(key);
    this.#urgent.delete(member);
    this.#patient.delete(member);
  }

  /** A client holds this fraction of a content. */
  share(client: ClientNumber, key: string, share: number): void {
    const member = this.#part(client, key);
    if (member !== undefined) member.share = share;
  }

  /** A content has another name; its members meet those who are there already. */
  rename(from: string, to: string): void {
    const group = this.#groups.get(from);
    if (group === undefined || from === to) return;
    const target = this.#groups.get(to);
    if (target === undefined) {
      this.#groups.delete(from);
      for (const member of group.list) this.#note(member, false);
      this.#groups.set(group.key = to, group);
      for (const member of group.list) this.#note(member, true);
      return;
    }
    for (const { peer: { client }, share } of [...group.list]) {
      this.leave(client, from);
      const known = this.#clients.get(client);
      if (known === undefined || this.#part(client, to) !== undefined) continue;
      const member = this.#add(known, target);
      member.share = share;
      if (member.listed) this.#introduce(member);
      this.#acquaint(member, (other) => member.meetLater(other));
      this.#urgent.add(member);
    }
  }

  /**
   * Takes the news out, for every client that has any.
   *
   * @param patience part of what can wait that still waits; those who have waited longest do not
   * @param membersMax looked at in this call; what is left is urgent
   */
  pollChanges(patience = 0, membersMax = Infinity): Change[] {
    let due = Math.ceil(this.#patient.size * (1 - patience));
    for (const member of this.#patient) {
      if (due-- === 0) break;
      this.#patient.delete(member);
      this.#urgent.add(member);
    }
    const changes: Change[] = [];
    let left = membersMax;
    for (const member of this.#urgent) {
      if (left-- === 0) break;
      this.#urgent.delete(member);
      const change = this.#poll(member);
      if (change !== undefined) changes.push(change);
    }
    return changes;
  }

  /** Members with news that should not wait. */
  get urgent(): number {
    return this.#urgent.size;
  }

  /** Whether there is news. */
  get changed(): boolean {
    return this.#urgent.size + this.#patient.size > 0;
  }

  /** Whether other gateways should hear something. */
  get ownChanged(): boolean {
    return this.#own.length > 0;
  }

  /** Takes out what other gateways should hear of our own peers. */
  pollOwn(): NeighbourNews[] {
    const news = this.#own;
    this.#own = [];
    return news;
  }

  /** All of our own peers that may be listed, in every content they take part in. */
  own(): NeighbourNews[] {
    const all: NeighbourNews[] = [];
    for (const [key, { list }] of this.#groups) {
      for (const { peer, listed, record } of list) {
        if (peer.client < 0 || !listed) continue;
        all.push({ key, id: peer.id, peer: record });
      }
    }
    return all;
  }

  #part(client: ClientNumber, key: string): Acquaintance | undefined {
    const parts = this.#clients.get(client)?.parts;
    return parts?.find(({ group }) => group.key === key);
  }

  #welcome(client: Client, key: string): Acquaintance {
    let group = this.#groups.get(key);
    if (group === undefined) {
      group = { key, list: [], publics: new Set() };
      this.#groups.set(key, group);
    }
    const member = this.#add(client, group);
    this.#acquaint(member, (other) => member.meet(other));
    if (member.listed) this.#introduce(member);
    return member;
  }

  #add({ peer, parts }: Client, group: Group): Acquaintance {
    const member = new Acquaintance(peer, group);
    parts.push(member);
    this.#note(member, true);
    return member;
  }

  /** Writes down what other gateways should hear of a peer of ours. */
  #note({ peer, group, record }: Acquaintance, here: boolean): void {
    const { client, id, port, share, reachable } = peer;
    if (client < 0 || !share || port === 0 || here && !reachable) return;
    const news = { key: group.key, id };
    this.#own.push(here ? { ...news, peer: record } : news);
  }

  /** Tells some others of a member that can be listed now, if they need it. */
  #introduce(member: Acquaintance): void {
    let dials = DIALS_PER_NEWCOMER;
    let looks = GATEWAY_PEERS_PER_ANSWER;
    for (const other of this.#shuffled(member.group)) {
      if (looks-- === 0) break;
      const silent = !other.peer.reachable && other.peer.share;
      const dial = silent && dials > 0;
      if (!dial && !other.needs(member) || !other.canMeet(member)) continue;
      if (dial) dials--;
      other.meetLater(member, dial);
      this.#tellSoon(other, true);
    }
  }

  #tellSoon(member: Acquaintance, urgent: boolean): void {
    if (this.#urgent.has(member)) return;
    if (urgent) this.#patient.delete(member);
    (urgent ? this.#urgent : this.#patient).add(member);
  }

  #poll(member: Acquaintance): Change | undefined {
    // Who knows too few because others have left is told of new ones.
    if (member.lonely) {
      this.#acquaint(member, (other) => member.meetLater(other));
    }
    return member.takeNews();
  }

  /** Finds a member as many as one that joins is told of, at random. */
  #acquaint(
    member: Acquaintance,
    meet: (other: Acquaintance) => void,
  ): void {
    let looks = LOOKS_PER_PEER * member.missing;
    for (const other of this.#shuffled(member.group)) {
      if (member.missing === 0 || looks-- === 0) break;
      if (other.listed && member.canMeet(other)) meet(other);
    }
  }

  /**
   * Members of a group at random. All of them once, where they are few; of many
   * whoever comes up, perhaps again.
   */
  *#shuffled({ list }: Group): Generator<Acquaintance> {
    if (list.length > FEW_MAX) {
      for (;;) yield list[Math.floor(this.random() * list.length)]!;
    }
    const left = list.slice();
    while (left.length > 0) {
      const at = Math.floor(this.random() * left.length);
      const one = left[at]!;
      const last = left.pop()!;
      if (at < left.length) left[at] = last;
      yield one;
    }
  }
}
