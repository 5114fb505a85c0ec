/**
 * Whom to dial. Peers are named by a gateway, by the local network or by the
 * user, and told of by other peers; a handful of each station are linked. Pure
 * bookkeeping: the shell dials and says how it went.
 *
 * What a peer tells is hearsay: it is dialled once, remembered within limits per
 * network, and an address that did not answer is not dialled again on any peer's
 * word for a while. So nobody can have a crowd knock at somebody else's door.
 *
 * @module
 */
import {
  HEARD_PER_NETWORK_MAX,
  LINKS_MAX,
  MEMBERS_MAX,
  SILENT_ADDRESSES_MAX,
} from "../limits.ts";
import {
  isDialable,
  isNear,
  type Reach,
  reaches,
  reachOf,
  subnetOf,
} from "./address_space.ts";
import { BanList } from "./ban_list.ts";
import type { Link } from "./link.ts";
import { LinkRoom } from "./link_room.ts";
import { isVouchedFor, type Member } from "./member.ts";
import {
  isAt,
  namedAnew,
  type PeerAddress,
  placeOf,
  placesOf,
} from "./places.ts";
import { NO_STATIONS, StationSets } from "./station_sets.ts";

export type { PeerAddress } from "./places.ts";

/** First wait after a failed dial; doubled each time. */
const REDIAL_MS = 2_000;

/** A dial that has not become a link after this has failed: another may answer at that address now. */
const DIAL_MS = 15_000;

/** A peer that failed this often is forgotten until it is named again. */
const DIAL_FAILURES_MAX = 3;

/** A peer that said goodbye is not dialled again before this: it is leaving, or full of others that need their places. */
const GOODBYE_MS = 30_000;

/** An address that did not answer is not dialled again on hearsay before this. */
const SILENT_MS = 10 * 60_000;

/** What stands for the station of contents that belong to none. */
export const NO_STATION = "";

/** The peers we know of. */
export class Members {
  readonly #members = new Map<string, Member>();
  /** Those who are linked, with the stations we share with them. */
  readonly #linked = new Map<string, Set<string>>();
  readonly #dialling = new Set<Member>();
  readonly #stations = new Set<string>();
  readonly #sets = new StationSets();
  readonly #banned = new BanList();
  /** Members that each link told of. */
  readonly #told = new Map<number, Set<Member>>();
  /** Places that did not answer, and until when they are left alone. */
  readonly #silent = new Map<string, number>();
  /** Members of each network. */
  readonly #networks = new Map<string, number>();
  /** Found anew after every change. */
  #nextMs: number | undefined;
  #short = false;

  /**
   * Nobody yet.
   *
   * @param selfId our own id: never dialled
   */
  constructor(readonly selfId: string) {}

  /** Takes note of peers of a station; what is over the limit or banned is left out. */
  add(peers: Iterable<PeerAddress>, station: string = NO_STATION): void {
    this.#nextMs = undefined;
    for (const peer of peers) {
      const member = this.#take(peer, station);
      if (member === undefined) continue;
      member.named = true;
      if (peer.also || !isAt(member, peer)) this.#place(member, peer);
    }
  }

  /**
   * The peer of a link says that it is linked to others of a station.
   *
   * @returns ids of those that are taken note of
   */
  hear(
    { id: link, reach }: Pick<Link, "id" | "reach">,
    peers: Iterable<PeerAddress>,
    station: string,
    nowMs: number,
  ): string[] {
    this.#nextMs = undefined;
    const told = this.#told.get(link) ?? new Set();
    this.#told.set(link, told);
    const heard: string[] = [];
    for (const peer of peers) {
      if (told.size >= LINKS_MAX || !this.#mayHear(peer, reach, nowMs)) {
        continue;
      }
      const member = this.#take(peer, station);
      if (member === undefined) continue;
      if (!told.has(member)) member.tellers = [...member.tellers, link];
      told.add(member);
      heard.push(member.id);
    }
    return heard;
  }

  /**
   * The peer of a link is no longer linked to others, or, without `ids`, is gone
   * itself. Those nobody else speaks of are kept for dialling alone.
   *
   * @returns ids of those nobody speaks of any more
   */
  unhear(link: number, ids?: Iterable<string>): string[] {
    const told = this.#told.get(link);
    if (told === undefined) return [];
    const gone: string[] = [];
    const some = ids && new Set(ids);
    for (const member of [...told]) {
      if (some?.has(member.id) === false) continue;
      told.delete(member);
      member.tellers = member.tellers.filter((teller) => teller !== link);
      if (!isVouchedFor(member)) gone.push(member.id);
    }
    if (told.size === 0) this.#told.delete(link);
    return gone;
  }

  /** Forgets peers that have left; links to them stay. */
  drop(ids: Iterable<string>): void {
    this.#nextMs = undefined;
    for (const id of ids) {
      const member = this.#members.get(id);
      if (member === undefined) continue;
      member.named = false;
      if (!member.dialling && member.tellers.length === 0) this.#forget(member);
    }
  }

  /** A station is heard no more: those who are of no other are forgotten. */
  leave(station: string): void {
    this.#nextMs = undefined;
    this.#stations.delete(station);
    for (const shared of this.#linked.values()) shared.delete(station);
    for (const member of [...this.#members.values()]) {
      member.stations = this.#sets.without(member.stations, station);
      if (member.stations.size === 0) this.#forget(member);
    }
  }

  /** Peers of a station that somebody speaks of. */
  *known(station: string): Generator<string> {
    for (const member of this.#members.values()) {
      if (member.stations.has(station) && isVouchedFor(member)) yield member.id;
    }
  }

  /** Whether a gateway, this network or the user says that a peer is there. */
  isNamed(peer: PeerAddress): boolean {
    const member = this.#members.get(peer.id);
    return member?.named === true && isAt(member, peer);
  }

  /** Where else a peer is that is at `peer`, as somebody says who can be believed. */
  elsewhere(peer: PeerAddress): PeerAddress[] {
    const member = this.#members.get(peer.id);
    if (member === undefined || !this.isNamed(peer)) return [];
    return placesOf(member).filter(({ host }) => host !== peer.host)
      .map((place) => ({ id: peer.id, ...place }));
  }

  /** Stations for which a peer was named. */
  stationsOf(id: string): ReadonlySet<string> {
    return this.#members.get(id)?.stations ?? NO_STATIONS;
  }

  /** Peers to dial now, those on this network first, else in random order; no more than leave `LINKS_DIALLED_MAX` links of a station, or `LINKS_DIALLED_SHORT_MAX`. */
  toDial(nowMs: number, random: () => number): PeerAddress[] {
    if (nowMs < this.nextDialMs()) return [];
    this.#nextMs = undefined;
    const near: Member[] = [];
    const far: Member[] = [];
    for (const member of [...this.#members.values()]) {
      if (member.nextMs > nowMs || this.#linked.has(member.id)) continue;
      if (member.dialling) this.dialFailed(member.id, nowMs);
      else (member.near ? near : far).push(member);
    }
    const picked: PeerAddress[] = [];
    const room = this.#room();
    for (const free of [near, far]) {
      while (free.length > 0) {
        const at = Math.floor(random() * free.length);
        const member = free[at]!;
        free[at] = free.at(-1)!;
        free.pop();
        if (!room.takes(member.stations)) continue;
        room.take(member.stations);
        this.#dials(member, true);
        member.nextMs = nowMs + DIAL_MS;
        const { id, host, port, also } = member;
        picked.push({ id, host, port, ...(also && { also }) });
      }
    }
    return picked;
  }

  /** More is wanted than the usual links bring, or is not: then more are dialled. */
  set short(short: boolean) {
    if (short !== this.#short) this.#nextMs = undefined;
    this.#short = short;
  }

  /** When {@linkcode toDial} may have something new; Infinity if nobody waits. */
  nextDialMs(): number {
    return this.#nextMs ??= this.#findNextMs();
  }

  #findNextMs(): number {
    const room = this.#room();
    let next = Infinity;
    const some = room.full ? this.#dialling : this.#members.values();
    for (const member of some) {
      if (member.nextMs >= next || this.#linked.has(member.id)) continue;
      if (member.dialling || room.takes(member.stations)) next = member.nextMs;
    }
    return next;
  }

  /** A dial did not become a link; true if the peer is forgotten. */
  dialFailed(id: string, nowMs: number): boolean {
    this.#nextMs = undefined;
    const member = this.#members.get(id);
    if (member === undefined || !member.dialling) return false;
    this.#dials(member, false);
    member.failures++;
    member.nextMs = nowMs + REDIAL_MS * 2 ** (member.failures - 1);
    if (!member.named) this.#silence(member, nowMs);
    if (member.named && member.failures < DIAL_FAILURES_MAX) return false;
    this.#forget(member);
    return true;
  }

  /** A hello came from this peer; false if it is banned or ourselves. */
  linked(id: string): boolean {
    this.#nextMs = undefined;
    if (id === this.selfId || this.#banned.has(id)) return false;
    this.#linked.set(id, new Set([NO_STATION, ...this.stationsOf(id)]));
    const member = this.#members.get(id);
    if (member !== undefined) {
      // It answered where it was said to be.
      member.named ||= member.dialling;
      this.#dials(member, false);
      member.failures = 0;
    }
    return true;
  }

  /** A linked peer turns out to be of a station. */
  meet(id: string, station: string): void {
    this.#nextMs = undefined;
    this.#linked.get(id)?.add(station);
    const member = this.#members.get(id);
    if (member === undefined) return;
    member.stations = this.#sets.with(member.stations, station);
  }

  /** The last link to a peer ended; `goodbye`: it had said so. */
  unlinked(id: string, nowMs: number, goodbye = false): void {
    this.#nextMs = undefined;
    this.#linked.delete(id);
    const member = this.#members.get(id);
    if (member === undefined) return;
    member.nextMs = nowMs + (goodbye ? GOODBYE_MS : REDIAL_MS);
  }

  /** Whether a peer must not be linked. */
  isBanned(id: string): boolean {
    return this.#banned.has(id);
  }

  /** Never again in this session. */
  ban(id: string): void {
    this.#nextMs = undefined;
    this.#banned.add(id);
    const member = this.#members.get(id);
    if (member !== undefined) this.#forget(member);
  }

  /** The member of an address, new or known; undefined where there is no place for it. */
  #take(peer: PeerAddress, station: string): Member | undefined {
    const { id } = peer;
    if (id === this.selfId || this.#banned.has(id)) return undefined;
    let member = this.#members.get(id);
    if (member === undefined) {
      if (this.#members.size >= MEMBERS_MAX && !this.#makePlace()) {
        return undefined;
      }
      member = {
        ...{ id, host: peer.host, port: peer.port },
        near: false,
        network: undefined,
        named: false,
        tellers: [],
        stations: NO_STATIONS,
        dialling: false,
        failures: 0,
        nextMs: -Infinity,
      };
      this.#members.set(id, member);
      this.#place(member, peer);
    }
    member.stations = this.#sets.with(member.stations, station);
    this.#stations.add(station);
    return member;
  }

  /** Forgets somebody nobody speaks of; false if there is none. */
  #makePlace(): boolean {
    for (const member of this.#members.values()) {
      if (isVouchedFor(member) || member.dialling) continue;
      this.#forget(member);
      return true;
    }
    return false;
  }

  #place(member: Member, named: PeerAddress): void {
    this.#count(member.network, -1);
    const { host, port, also } = namedAnew(member, named);
    const [near, network] = [isNear(host), subnetOf(host)];
    Object.assign(member, { host, port, also, near, network });
    this.#count(network, 1);
  }

  #count(network: string | undefined, by: number): void {
    if (network === undefined) return;
    const count = (this.#networks.get(network) ?? 0) + by;
    if (count > 0) this.#networks.set(network, count);
    else this.#networks.delete(network);
  }

  #dials(member: Member, dialling: boolean): void {
    member.dialling = dialling;
    if (dialling) this.#dialling.add(member);
    else this.#dialling.delete(member);
  }

  #forget(member: Member): void {
    this.#members.delete(member.id);
    this.#dialling.delete(member);
    this.#count(member.network, -1);
    for (const link of member.tellers) this.#told.get(link)?.delete(member);
  }

  /** What means something nearer to the teller alone is no use here. */
  #mayHear(peer: PeerAddress, teller: Reach, nowMs: number): boolean {
    const known = this.#members.get(peer.id);
    if (known !== undefined) return isAt(known, peer);
    if (!isDialable(peer) || !reaches(reachOf(peer.host), teller)) return false;
    if ((this.#silent.get(placeOf(peer)) ?? -Infinity) > nowMs) return false;
    const network = subnetOf(peer.host);
    if (network === undefined) return true;
    return (this.#networks.get(network) ?? 0) < HEARD_PER_NETWORK_MAX;
  }

  #silence(member: Member, nowMs: number): void {
    const place = placeOf(member);
    this.#silent.delete(place);
    this.#silent.set(place, nowMs + SILENT_MS);
    if (this.#silent.size <= SILENT_ADDRESSES_MAX) return;
    const [oldest = ""] = this.#silent.keys();
    this.#silent.delete(oldest);
  }

  /** How many more of each station may be dialled. */
  #room(): LinkRoom {
    const room = new LinkRoom(this.#stations, this.#short);
    for (const shared of this.#linked.values()) room.take(shared);
    for (const { id, stations } of this.#dialling) {
      if (!this.#linked.has(id)) room.take(stations);
    }
    return room;
  }
}
