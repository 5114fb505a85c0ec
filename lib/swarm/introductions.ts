/**
 * Which contents a link is told of: those of the stations that both sides have,
 * and no others, so that nobody learns what else is heard here. We have a station
 * in common with a peer that was named to us for it, and with one that opened a
 * content of it on the link: whoever dials shows first what it came for.
 *
 * A content that belongs to several stations proves none of them; it is told to
 * those who named it themselves. One that belongs to no station, which the
 * program never has, is told to everyone.
 *
 * @module
 */
import type { Content } from "./content.ts";
import type { Link } from "./link.ts";
import type { PeerAddress } from "./members.ts";
import { PeerExchange, type PeerExchangeHost } from "./peer_exchange.ts";
import { RollExchange, type RollExchangeHost } from "./roll_exchange.ts";
import { stationOf } from "./stations.ts";

/** What introductions work with. */
export interface IntroductionsHost extends PeerExchangeHost, RollExchangeHost {
  /** A link was told of a content, by all its names. */
  match(link: Link, content: Content): void;
}

/** Who is told of what. */
export class Introductions {
  /** What peers tell each other of peers. */
  readonly exchange: PeerExchange;
  /** What they tell each other of who fetches. */
  readonly rolls: RollExchange;
  readonly #host: IntroductionsHost;

  /** @param host the engine's side of it */
  constructor(host: IntroductionsHost) {
    this.#host = host;
    this.exchange = new PeerExchange(host);
    this.rolls = new RollExchange(host);
  }

  /** A content is part of a station, whose peers are its members; false if that is known. */
  enrol(content: Content, station: string | undefined): boolean {
    if (station === undefined || content.stations.has(station)) return false;
    content.stations.add(station);
    content.roll = content.stations.size === 1
      ? this.rolls.roll(station)
      : undefined;
    for (const id of this.#host.members.known(station)) content.heard.add(id);
    return true;
  }

  /** Peers that can be dialled announce a content, or are of a station whatever they have of it. */
  named(
    to: Content | string,
    peers: readonly PeerAddress[],
    nowMs: number,
  ): void {
    const { members, links } = this.#host;
    const content = typeof to === "string" ? undefined : to;
    for (const { id } of peers) {
      if (!members.isBanned(id)) content?.members.add(id);
    }
    members.add(peers, typeof to === "string" ? to : stationOf(to));
    const ids = new Set(peers.map(({ id }) => id));
    for (const link of links.all()) {
      if (ids.has(link.peerId)) this.greet(link, link.peerId, nowMs);
    }
  }

  /** Peers take part in a content no more. Those of the station's other contents stay. */
  left(content: Content, ids: readonly string[]): void {
    for (const id of ids) content.members.delete(id);
    const others = [...this.#host.contents()];
    this.#host.members.drop(
      ids.filter((id) => !others.some(({ members }) => members.has(id))),
    );
  }

  /** A content is closed. With the last of a station its peers are forgotten, and let go unless something else is heard together. */
  closed({ stations }: Content, nowMs: number): void {
    const { members, links } = this.#host;
    const open = [...this.#host.contents()];
    for (const station of stations) {
      if (open.some((content) => content.stations.has(station))) continue;
      this.#host.act({ type: "leave", station });
      members.leave(station);
      this.rolls.leave(station);
      this.exchange.leave(station);
      for (const link of links.all()) {
        const left = link.stations.delete(station);
        if (left && link.stations.size === 0) links.letGo(link, nowMs);
      }
    }
  }

  /** A content was opened, or has another name. */
  offer(content: Content): void {
    for (const link of this.#host.links.all()) this.#tell(link, content);
  }

  /** A peer said who it is, and can be told of others and they of it. */
  hello(link: Link, port: number, nowMs: number): void {
    this.exchange.greeted(link, port);
    for (const station of link.stations) this.#meet(link, station, nowMs);
    this.greet(link, link.peerId, nowMs);
  }

  /** A dial did not become a link. */
  dialFailed(peerId: string, nowMs: number): void {
    const forgotten = this.#host.members.dialFailed(peerId, nowMs);
    if (forgotten) this.exchange.gone([peerId]);
  }

  /** A link came up with a peer that we dialled, or said who it is, or was named to us. */
  greet(link: Link, peerId: string, nowMs: number): void {
    for (const station of this.#host.members.stationsOf(peerId)) {
      this.#share(link, station, nowMs);
    }
    for (const content of this.#host.contents()) {
      if (content.members.has(peerId)) this.#tell(link, content, true);
      else this.#tell(link, content);
    }
  }

  /** The other side opened a content that we have. */
  opened(link: Link, content: Content, nowMs: number): void {
    this.#tell(link, content, true);
    const station = stationOf(content);
    if (station === undefined || link.stations.has(station)) return;
    this.#share(link, station, nowMs);
    for (const other of this.#host.contents()) this.#tell(link, other);
  }

  /** Sends what is due of what peers are told of each other. */
  flush(nowMs: number): void {
    this.rolls.flush(nowMs);
    this.exchange.flush(nowMs);
  }

  /** When {@linkcode flush} may have something to send; Infinity if nothing is new. */
  nextMs(): number {
    return Math.min(this.rolls.nextMs(), this.exchange.nextMs());
  }

  /** A link is gone. */
  dropLink(link: Link, nowMs: number): void {
    if (this.#host.members.isBanned(link.peerId)) this.rolls.ban(link.peerId);
    this.rolls.dropLink(link);
    this.exchange.dropLink(link, nowMs);
  }

  #share(link: Link, station: string, nowMs: number): void {
    if (link.stations.has(station)) return;
    link.stations.add(station);
    if (link.open) this.#meet(link, station, nowMs);
  }

  #meet(link: Link, station: string, nowMs: number): void {
    this.#host.members.meet(link.peerId, station);
    this.exchange.met(link, station, nowMs);
    this.rolls.met(link, station, nowMs);
  }

  #tell(link: Link, content: Content, named = isNamed(link, content)): void {
    if (content.hashes === undefined) return;
    const { stations } = content;
    if (!named && stations.size > 0 && stations.isDisjointFrom(link.stations)) {
      return;
    }
    this.#host.links.openOn(link, content);
    this.#host.match(link, content);
    this.exchange.matched(link);
    this.rolls.matched(link);
  }
}

/** Whether the other side has opened a content under one of its names. */
function isNamed(link: Link, { keys, length }: Content): boolean {
  for (const remote of link.remote.values()) {
    if (keys.has(remote.key) && remote.length === length) return true;
  }
  return false;
}
