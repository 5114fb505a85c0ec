/**
 * A peer's part in one content as the tracker keeps it: whom it was told of, who
 * was told of it, and what it has not heard yet. Thousands of them are held at a
 * time, so lists are short arrays, and what is mostly empty is made when it is
 * needed. Pure.
 *
 * @module
 */
import {
  GATEWAY_PEERS_PER_ANSWER,
  GATEWAY_PEERS_PER_SUBNET,
  GATEWAY_VIEW_PEERS_MAX,
  LINKS_DIALLED_MAX,
} from "../limits.ts";
import { type Reach, reachOf, subnetOf } from "../swarm/address_space.ts";
import type { Place } from "../swarm/places.ts";
import type { ClientNumber } from "./lease_book.ts";
import type { PeerRecord } from "./messages.ts";

/** Peers of other gateways that a member is told of at least, so that the swarms of both are one. */
const DISTANT_PEERS_MIN = 2;

/** From where an address can be reached, in ascending order; nowhere is never enough. */
const RANK: Readonly<Record<Reach, number>> = {
  machine: 0,
  network: 1,
  world: 2,
  nowhere: NaN,
};

/** A client as a peer. */
export interface TrackedPeer {
  /** Negative: another gateway's. */
  client: ClientNumber;
  /** 32 hex digits, as it says. */
  id: string;
  /** The address its socket came from, then the first at which it answered. */
  host: string;
  /** 0: cannot be dialled. */
  port: number;
  /** Where else it answered, by the other family. */
  also?: Place | undefined;
  /** Bytes per second, as it says. */
  capacity: number;
  /** False: it never appears anywhere. */
  share: boolean;
  /** The gateway dialled it back and found this very peer. */
  reachable: boolean;
  /** What it holds whole may be named to everyone. */
  public?: boolean | undefined;
}

/** A peer, and what follows from its address. */
export interface KnownPeer extends TrackedPeer {
  readonly rank: number;
  subnet: string | undefined;
}

/** Whether the address of a peer means something to who asks from another. */
export function reaches(askedFrom: string, { rank }: KnownPeer): boolean {
  return rank >= RANK[reachOf(askedFrom)];
}

/** Works out what follows from a peer's address, once. */
export function knownPeer(peer: TrackedPeer): KnownPeer {
  const { host } = peer;
  return { ...peer, rank: RANK[reachOf(host)], subnet: subnetOf(host) };
}

/** It turned out where a peer can be dialled: an address of the same rank. */
export function placeAt(peer: KnownPeer, { host, port }: Place): void {
  Object.assign(peer, { host, port, subnet: subnetOf(host) });
}

/** What a member has not heard yet. */
interface News {
  readonly add: Acquaintance[];
  /** Peer ids. */
  readonly drop: string[];
  readonly dial: Acquaintance[];
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

/** All members of a content. */
export interface Group {
  /** The content's key; it changes when the root is known. */
  key: string;
  /** For picking at random. */
  readonly list: Acquaintance[];
  /** Those of them who may be public mirrors, in the order they came: few. */
  readonly publics: Set<Acquaintance>;
}

/** A peer in one content. */
export class Acquaintance {
  /** Fraction of the content it holds. */
  share = 0;
  #at: number;
  readonly #view: Acquaintance[] = [];
  readonly #seenBy: Acquaintance[] = [];
  #distant = 0;
  #news: News | undefined;

  /**
   * Enters the group.
   *
   * @param peer whose part this is
   */
  constructor(readonly peer: KnownPeer, readonly group: Group) {
    this.#at = group.list.length;
    group.list.push(this);
    if (peer.public) group.publics.add(this);
  }

  /** Whether others may be told of it. */
  get listed(): boolean {
    const { reachable, share, port } = this.peer;
    return reachable && share && port !== 0;
  }

  /** As others are told of it. */
  get record(): PeerRecord {
    const { id, host, port, also, capacity } = this.peer;
    return {
      id,
      host,
      port,
      ...(also && { also }),
      capacity,
      share: Math.round(this.share * 100) / 100,
      ...(this.peer.public ? { public: true } : {}),
    };
  }

  /** Whether everyone may be sent to it for the whole file. */
  get mirrors(): boolean {
    return this.listed && this.share === 1 && this.peer.public === true;
  }

  /** Whom it was told of. */
  get view(): readonly Acquaintance[] {
    return this.#view;
  }

  /** Whether it knows fewer than it may dial. */
  get lonely(): boolean {
    return this.#view.length < LINKS_DIALLED_MAX;
  }

  /** Peers until it knows as many as one that joins. */
  get missing(): number {
    return Math.max(0, GATEWAY_PEERS_PER_ANSWER - this.#view.length);
  }

  /**
   * Whether it may be told of another: not of itself, not of an address that
   * means nothing to it, and of few of one network.
   */
  canMeet(other: Acquaintance): boolean {
    const { peer } = this;
    const { id, rank, subnet } = other.peer;
    if (other === this || id === peer.id || !(rank >= peer.rank)) return false;
    if (this.#view.length >= GATEWAY_VIEW_PEERS_MAX) return false;
    let same = 0;
    for (const known of this.#view) {
      if (known === other) return false;
      if (subnet !== undefined && known.peer.subnet === subnet) same++;
    }
    return same < GATEWAY_PEERS_PER_SUBNET;
  }

  /** Whether a newcomer is of use to it: who knows enough is met by newcomers anyway. */
  needs(newcomer: Acquaintance): boolean {
    if (this.lonely) return true;
    return newcomer.peer.client < 0 && this.#distant < DISTANT_PEERS_MIN;
  }

  /** It is told of another at once, by an answer. */
  meet(other: Acquaintance): void {
    this.#view.push(other);
    other.#seenBy.push(this);
    if (other.peer.client < 0) this.#distant++;
  }

  /** It is to be told of another. */
  meetLater(other: Acquaintance, dial = false): void {
    this.meet(other);
    const news = this.#news ??= { add: [], drop: [], dial: [] };
    news.add.push(other);
    if (dial) news.dial.push(other);
  }

  /**
   * Leaves the group.
   *
   * @returns those who were told of it, and are to be told that it is gone
   */
  leave(): readonly Acquaintance[] {
    const { list, publics } = this.group;
    publics.delete(this);
    const last = list.pop();
    if (last !== undefined && last !== this) {
      list[this.#at] = last;
      last.#at = this.#at;
    }
    for (const other of this.#view) remove(other.#seenBy, this);
    for (const other of this.#seenBy) other.#lose(this);
    return this.#seenBy;
  }

  /** Takes its news out; undefined where there is none. */
  takeNews(): Change | undefined {
    const news = this.#news;
    if (news === undefined) return undefined;
    this.#news = undefined;
    const { add, dial } = news;
    // One that came back before its old connection was seen to end is there.
    const here = (id: string) => this.#view.some(({ peer }) => peer.id === id);
    const drop = news.drop.filter((id) => !here(id));
    if (add.length + drop.length + dial.length === 0) return undefined;
    return {
      client: this.peer.client,
      key: this.group.key,
      add: add.map(({ record }) => record),
      drop,
      dial: dial.map(({ record }) => record),
    };
  }

  #lose(gone: Acquaintance): void {
    remove(this.#view, gone);
    if (gone.peer.client < 0) this.#distant--;
    const news = this.#news ??= { add: [], drop: [], dial: [] };
    remove(news.dial, gone);
    if (!remove(news.add, gone)) news.drop.push(gone.peer.id);
  }
}

/** Takes one out of a list whose order does not matter; false if it is not in it. */
function remove<T>(list: T[], one: T): boolean {
  const at = list.indexOf(one);
  if (at < 0) return false;
  const last = list.pop()!;
  if (at < list.length) list[at] = last;
  return true;
}
