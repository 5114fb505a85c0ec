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
 * @module
 */
import {
  GATEWAY_PEERS_PER_ANSWER,
  GATEWAY_PEERS_PER_SUBNET,
  GATEWAY_VIEW_PEERS_MAX,
} from "../limits.ts";
import { isUsefulTo, subnetOf } from "../swarm/address_space.ts";
import type { ClientNumber } from "./lease_book.ts";
import type { PeerRecord } from "./messages.ts";
import type { NeighbourNews } from "./neighbours.ts";

/** With fewer peers than this in its view, a member is told of more. */
const VIEW_PEERS_MIN = 8;

/** Peers asked at once to dial out to a newcomer. */
const DIALS_PER_NEWCOMER = 4;

/** A client as a peer. */
export interface TrackedPeer {
  /** Negative: another gateway's. */
  client: ClientNumber;
  /** 32 hex digits, as it says. */
  id: string;
  /** The address its socket came from. */
  host: string;
  /** 0: cannot be dialled. */
  port: number;
  /** Bytes per second, as it says. */
  capacity: number;
  /** False: it never appears anywhere. */
  share: boolean;
  /** The gateway dialled it back and found this very peer. */
  reachable: boolean;
}

/** News for one client about one content. */
export interface Change {
  client: ClientNumber;
  key: string;
  add: PeerRecord[];
  /** Peer ids. */
  drop: string[];
  /** Peers it should dial, because they cannot dial it. */
  dial: PeerRecord[];
}

interface Member {
  readonly peer: TrackedPeer;
  readonly group: Group;
  /** Fraction of the content it holds. */
  share: number;
  /** Where it stands in its group's list. */
  at: number;
  /** Whom it was told of. */
  readonly view: Set<Member>;
  /** Who was told of it. */
  readonly seenBy: Set<Member>;
  /** News since the last poll. */
  readonly add: Set<Member>;
  readonly drop: Set<string>;
  readonly dial: Set<Member>;
}

interface Group {
  key: string;
  readonly members: Map<ClientNumber, Member>;
  /** The same, for picking at random. */
  readonly list: Member[];
}

/** The members of all contents. */
export class Tracker {
  readonly #groups = new Map<string, Group>();
  readonly #peers = new Map<ClientNumber, TrackedPeer>();
  readonly #of = new Map<ClientNumber, Map<string, Member>>();
  readonly #changed = new Set<Member>();
  #own: NeighbourNews[] = [];

  /** @param random numbers in [0, 1) */
  constructor(readonly random: () => number) {}

  /** Clients known. */
  get clients(): number {
    return this.#peers.size;
  }

  /** Members of a content, listed or not. */
  members(key: string): number {
    return this.#groups.get(key)?.list.length ?? 0;
  }

  /** A client said hello. It must not be known yet. */
  enter(peer: TrackedPeer): void {
    this.#peers.set(peer.client, peer);
    this.#of.set(peer.client, new Map());
  }

  /** A client is gone. */
  exit(client: ClientNumber): void {
    for (const key of [...this.#of.get(client)?.keys() ?? []]) {
      this.leave(client, key);
    }
    this.#of.delete(client);
    this.#peers.delete(client);
  }

  /** The gateway dialled a client back, or could not. From now on it may be listed. */
  handleDialBack(client: ClientNumber, reachable: boolean): void {
    const peer = this.#peers.get(client);
    if (peer === undefined || peer.reachable === reachable) return;
    peer.reachable = reachable;
    for (const member of this.#of.get(client)?.values() ?? []) {
      if (reachable) this.#introduce(member);
      this.#note(member, reachable);
    }
  }

  /**
   * A client takes part in a content.
   *
   * @returns peers to link with, GATEWAY_PEERS_PER_ANSWER at most; the ones it
   *   already knows if it takes part already
   */
  join(client: ClientNumber, key: string): PeerRecord[] {
    const peer = this.#peers.get(client);
    if (peer === undefined) return [];
    let group = this.#groups.get(key);
    if (group === undefined) {
      group = { key, members: new Map(), list: [] };
      this.#groups.set(key, group);
    }
    const known = group.members.get(client);
    if (known !== undefined) return [...known.view].map(record);
    const member = this.#add(peer, group, 0);
    for (const other of this.#pick(member, GATEWAY_PEERS_PER_ANSWER)) {
      tell(member, other);
    }
    if (isListed(member)) this.#introduce(member);
    return [...member.view].map(record);
  }

  /** A client takes part no more; harmless if it did not. */
  leave(client: ClientNumber, key: string): void {
    const member = this.#of.get(client)?.get(key);
    if (member === undefined) return;
    const { group } = member;
    this.#of.get(client)?.delete(key);
    group.members.delete(client);
    if (isListed(member)) this.#note(member, false);
    const last = group.list.pop();
    if (last !== undefined && last !== member) {
      group.list[member.at] = last;
      last.at = member.at;
    }
    if (group.list.length === 0) this.#groups.delete(group.key);
    this.#changed.delete(member);
    for (const other of member.view) other.seenBy.delete(member);
    for (const other of member.seenBy) this.#forget(other, member);
  }

  /** A client holds this fraction of a content. */
  share(client: ClientNumber, key: string, share: number): void {
    const member = this.#of.get(client)?.get(key);
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
      for (const member of group.list) {
        this.#rekey(member.peer.client, from, to);
        this.#note(member, true);
      }
      return;
    }
    for (const { peer, share } of [...group.list]) {
      this.leave(peer.client, from);
      if (target.members.has(peer.client)) continue;
      const member = this.#add(peer, target, share);
      if (isListed(member)) this.#introduce(member);
      this.#fill(member, GATEWAY_PEERS_PER_ANSWER);
      this.#changed.add(member);
    }
  }

  /** Takes the news out, for every client that has any. */
  pollChanges(): Change[] {
    const changes: Change[] = [];
    for (const member of this.#changed) {
      this.#replenish(member);
      const { peer, group, view, add, drop, dial } = member;
      // One that came back before its old connection was seen to end is there.
      for (const { peer } of view) drop.delete(peer.id);
      if (add.size + drop.size + dial.size === 0) continue;
      changes.push({
        client: peer.client,
        key: group.key,
        add: [...add].map(record),
        drop: [...drop],
        dial: [...dial].map(record),
      });
      add.clear();
      drop.clear();
      dial.clear();
    }
    this.#changed.clear();
    return changes;
  }

  /** Whether there is news. */
  get changed(): boolean {
    return this.#changed.size > 0;
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
      for (const member of list) {
        const { peer } = member;
        if (peer.client < 0 || !isListed(member)) continue;
        all.push({ key, id: peer.id, peer: record(member) });
      }
    }
    return all;
  }

  #add(peer: TrackedPeer, group: Group, share: number): Member {
    const member: Member = {
      peer,
      group,
      share,
      at: group.list.length,
      view: new Set(),
      seenBy: new Set(),
      add: new Set(),
      drop: new Set(),
      dial: new Set(),
    };
    group.list.push(member);
    group.members.set(peer.client, member);
    this.#of.get(peer.client)?.set(group.key, member);
    this.#note(member, true);
    return member;
  }

  /** Writes down what other gateways should hear of a peer of ours. */
  #note({ peer, group, share }: Member, here: boolean): void {
    const { client, id, port } = peer;
    if (client < 0 || !peer.share || port === 0) return;
    if (here && !peer.reachable) return;
    const news = { key: group.key, id };
    const place = record({ peer, share });
    this.#own.push(here ? { ...news, peer: place } : news);
  }

  #rekey(client: ClientNumber, from: string, to: string): void {
    const own = this.#of.get(client);
    const member = own?.get(from);
    if (own === undefined || member === undefined) return;
    own.delete(from);
    own.set(to, member);
  }

  /** Tells some others of a member that can be listed now. */
  #introduce(member: Member): void {
    let dials = DIALS_PER_NEWCOMER;
    for (const other of this.#sample(member, GATEWAY_PEERS_PER_ANSWER)) {
      if (!this.#wants(other, member)) continue;
      tell(other, member);
      other.add.add(member);
      const silent = !other.peer.reachable && other.peer.share;
      if (silent && dials-- > 0) other.dial.add(member);
      this.#changed.add(other);
    }
  }

  /** A member is gone from another's view. */
  #forget(member: Member, gone: Member): void {
    member.view.delete(gone);
    member.dial.delete(gone);
    if (!member.add.delete(gone)) member.drop.add(gone.peer.id);
    this.#changed.add(member);
  }

  /** A view that has become small is filled up again. */
  #replenish(member: Member): void {
    const missing = VIEW_PEERS_MIN - member.view.size;
    if (missing <= 0 || member.drop.size === 0 && member.view.size > 0) return;
    this.#fill(member, missing);
  }

  /** Tells a member of up to `count` more. */
  #fill(member: Member, count: number): void {
    for (const other of this.#pick(member, count)) {
      tell(member, other);
      member.add.add(other);
    }
  }

  /** Peers to tell a member of, chosen at random, few of one network. */
  #pick(member: Member, count: number): Member[] {
    const picked: Member[] = [];
    const perSubnet = new Map<string, number>();
    for (const other of this.#sample(member, 8 * count)) {
      if (picked.length === count) break;
      if (!isListed(other) || !this.#wants(member, other)) continue;
      const subnet = subnetOf(other.peer.host);
      const same = subnet === undefined ? 0 : perSubnet.get(subnet) ?? 0;
      if (same >= GATEWAY_PEERS_PER_SUBNET) continue;
      if (subnet !== undefined) perSubnet.set(subnet, same + 1);
      picked.push(other);
    }
    return picked;
  }

  #wants(member: Member, other: Member): boolean {
    return other !== member && !member.view.has(other) &&
      other.peer.id !== member.peer.id &&
      member.view.size < GATEWAY_VIEW_PEERS_MAX &&
      isUsefulTo(other.peer.host, member.peer.host);
  }

  /** Up to `count` members of a member's group, itself perhaps among them, in random order. */
  #sample({ group }: Member, count: number): Member[] {
    const list = group.list;
    const swapped = new Map<number, number>();
    const sample: Member[] = [];
    const end = Math.min(count, list.length);
    for (let i = 0; i < end; i++) {
      const j = i + Math.floor(this.random() * (list.length - i));
      const at = swapped.get(j) ?? j;
      swapped.set(j, swapped.get(i) ?? i);
      sample.push(list[at]!);
    }
    return sample;
  }
}

function isListed({ peer }: Member): boolean {
  return peer.reachable && peer.share && peer.port !== 0;
}

function tell(member: Member, other: Member): void {
  member.view.add(other);
  other.seenBy.add(member);
}

function record({ peer, share }: Pick<Member, "peer" | "share">): PeerRecord {
  const { id, host, port, capacity } = peer;
  return { id, host, port, capacity, share: Math.round(share * 100) / 100 };
}
