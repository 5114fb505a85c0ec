/**
 * The gateway of a simulated world: the production tracker and lease desk with a
 * wire in front. It has no copy of the files and is as near as the origin. While
 * it is dead its connections are lost and nothing is answered.
 *
 * @module
 */
import type { Clock } from "../../lib/clock.ts";
import type { GatewayContent } from "../../lib/gateway/content.ts";
import type { KeptFiles } from "../../lib/gateway/kept_files.ts";
import { LeaseBook } from "../../lib/gateway/lease_book.ts";
import { LeaseDesk, type LeaseRange } from "../../lib/gateway/lease_desk.ts";
import type { Member, MemberClient } from "../../lib/gateway/member.ts";
import type { Lease, PeerRecord } from "../../lib/gateway/messages.ts";
import { Tracker } from "../../lib/gateway/tracker.ts";
import type { SimulatedFile } from "./file.ts";
import { latencyMs, type Line } from "./network.ts";
import type { Timeline } from "./timeline.ts";

/** News of peers goes out this often: as in `lib/gateway/hub.ts`. */
const NEWS_MS = 200;

/** That somebody has left a content may wait so long: as there. */
const LEAVES_MS = 10_000;

/** Speed of a client that has shown none: as in `lib/gateway/session.ts`. */
const FIRST_BYTES_PER_MS = 50;

/** A listener as its gateway sees it. */
export interface Visitor {
  readonly line: Line;
  readonly id: string;
  readonly host: string;
  readonly port: number;
  readonly capacity: number;
  readonly share: boolean;
  /** Whether others can dial it. */
  readonly reachable: boolean;
  /** The socket is lost, or cannot be opened. */
  gatewayLost(): void;
  peersChanged(file: SimulatedFile, add: PeerRecord[], drop: string[]): void;
  dialAsked(file: SimulatedFile, peer: PeerRecord): void;
}

/** The answer to a join. */
export interface JoinAnswer {
  peers: PeerRecord[];
  leases: Lease[];
}

/** One listener's connection. */
class Session implements MemberClient {
  readonly base = "https://gateway.example/";
  readonly members = new Map<string, Member>();
  readonly backlog = 0;
  bytesPerMs = FIRST_BYTES_PER_MS;

  constructor(readonly number: number, readonly visitor: Visitor) {}

  send(): void {}

  sendText(): void {}
  charge(): void {}
}

/** The gateway. */
export class SimulatedGateway {
  #alive = true;
  readonly #tracker: Tracker;
  readonly #desk: LeaseDesk;
  readonly #sessions = new Map<number, Session>();
  readonly #files = new Map<string, SimulatedFile>();
  readonly #contents = new Map<string, GatewayContent>();
  #lastNumber = 0;
  #newsPlanned = false;

  constructor(
    readonly time: Timeline,
    readonly line: Line,
    random: () => number,
  ) {
    this.#tracker = new Tracker(random);
    const files = { has: () => false } as unknown as KeptFiles;
    const clock = {
      now: () => time.nowMs,
      monotonic: () => time.nowMs,
    } as unknown as Clock;
    this.#desk = new LeaseDesk(files, clock);
  }

  /** Whether it answers. */
  get alive(): boolean {
    return this.#alive;
  }

  /** Dies, forgetting everyone, or comes back. */
  setAlive(alive: boolean): void {
    this.#alive = alive;
    if (alive) return;
    for (const session of [...this.#sessions.values()]) {
      this.#exit(session);
      const { visitor } = session;
      this.#later(visitor, () => visitor.gatewayLost());
    }
  }

  /** A listener connects; `open` gets its number once hello has been said. */
  connect(visitor: Visitor, open: (number: number) => void): void {
    const wayMs = latencyMs(visitor.line, this.line);
    // TCP, then the upgrade.
    this.time.after(4 * wayMs, () => {
      if (!this.#alive) return visitor.gatewayLost();
      const session = new Session(++this.#lastNumber, visitor);
      this.#sessions.set(session.number, session);
      this.time.after(wayMs, () => this.#greet(session));
      open(session.number);
    });
  }

  /** A listener hangs up. */
  disconnect(number: number): void {
    const session = this.#sessions.get(number);
    if (session !== undefined) this.#exit(session);
  }

  /** A listener wants a file from `leaf` on, with a first lease of `chunks`. */
  join(
    number: number,
    file: SimulatedFile,
    wish: { leaf: number; chunks: number },
    answered: (answer: JoinAnswer) => void,
  ): void {
    this.#ask(number, (session) => {
      const member = this.#member(session, file);
      const peers = this.#tracker.join(number, file.key);
      this.#newsLater();
      const { leaf: from, chunks } = wish;
      const until = Math.min(file.leaves, from + 4 * chunks * file.chunkLeaves);
      const range = { from, until, chunks };
      const leases = chunks > 0 ? this.#desk.grant(member, range) : [];
      this.#later(session.visitor, () => answered({ peers, leases }));
    });
  }

  /** A listener lets go of a file. */
  leave(number: number, file: SimulatedFile): void {
    this.#ask(number, (session) => {
      const member = session.members.get(file.key);
      if (member === undefined) return;
      session.members.delete(file.key);
      this.#desk.leave(member);
      this.#tracker.leave(number, file.key);
      this.#newsLater();
      if (this.#tracker.members(file.key) > 0) return;
      this.#files.delete(file.key);
      this.#contents.delete(file.key);
    });
  }

  /** A listener asks for leases; answered by leases or by how long to wait. */
  lease(
    number: number,
    file: SimulatedFile,
    range: LeaseRange,
    answered: (leases: Lease[], retryMs: number) => void,
  ): void {
    this.#ask(number, (session) => {
      const member = session.members.get(file.key);
      if (member === undefined) return;
      const leases = this.#desk.grant(member, range);
      const retryMs = this.#desk.retryMs(member);
      this.#later(session.visitor, () => answered(leases, retryMs));
    });
  }

  /** A listener reports the end of a lease. */
  done(
    number: number,
    file: SimulatedFile,
    report: { from: number; count: number; ok: boolean; ms: number },
  ): void {
    this.#ask(number, (session) => {
      const member = session.members.get(file.key);
      if (member === undefined) return;
      // Who gives nothing holds nothing as far as others are concerned.
      const ok = report.ok && session.visitor.share;
      this.#desk.done(member, { ...report, ok });
    });
  }

  #ask(number: number, answer: (session: Session) => void): void {
    const line = this.#sessions.get(number)?.visitor.line;
    if (line === undefined) return;
    this.time.after(latencyMs(line, this.line), () => {
      const session = this.#sessions.get(number);
      if (session !== undefined) answer(session);
    });
  }

  #later(visitor: Visitor, run: () => void): void {
    this.time.after(latencyMs(this.line, visitor.line), run);
  }

  #greet({ number, visitor }: Session): void {
    if (!this.#sessions.has(number)) return;
    const { id, host, port, capacity, share, reachable } = visitor;
    const peer = { client: number, id, host, port, capacity, share };
    this.#tracker.enter({ ...peer, reachable: false });
    if (!share || port === 0) return;
    // It is dialled back before anyone is told of it.
    const backMs = 4 * latencyMs(this.line, visitor.line);
    this.time.after(backMs, () => {
      if (!this.#sessions.has(number)) return;
      this.#tracker.handleDialBack(number, reachable);
      this.#newsLater();
    });
  }

  #exit(session: Session): void {
    this.#sessions.delete(session.number);
    for (const member of session.members.values()) this.#desk.leave(member);
    this.#tracker.exit(session.number);
    this.#newsLater();
  }

  #member(session: Session, file: SimulatedFile): Member {
    const known = session.members.get(file.key);
    if (known !== undefined) return known;
    this.#files.set(file.key, file);
    const member: Member = {
      client: session,
      url: file.url,
      wish: { url: file.url },
      chunk: file.chunkLeaves,
      content: this.#content(file),
      knownAs: file.key,
      sentLeaves: file.leaves,
      leases: new Map(),
      release: () => {},
    };
    session.members.set(file.key, member);
    return member;
  }

  /** What the desk needs of a content. */
  #content(file: SimulatedFile): GatewayContent {
    const { key, leaves, chunkLeaves } = file;
    let content = this.#contents.get(key);
    if (content === undefined) {
      const book = new LeaseBook(leaves, chunkLeaves);
      content = {
        key,
        leaves,
        available: leaves,
        provisional: false,
        state: { kind: "whole" },
        book: () => book,
      } as unknown as GatewayContent;
      this.#contents.set(key, content);
    }
    return content;
  }

  #newsLater(): void {
    // There is no other gateway to hear of ours.
    this.#tracker.pollOwn();
    if (this.#newsPlanned || !this.#tracker.changed) return;
    this.#newsPlanned = true;
    this.time.after(NEWS_MS, () => {
      this.#newsPlanned = false;
      this.#tellNews();
      this.#newsLater();
    });
  }

  #tellNews(): void {
    const patience = 1 - NEWS_MS / LEAVES_MS;
    for (
      const { client, key, add, drop, dial } of this.#tracker.pollChanges(
        patience,
      )
    ) {
      const visitor = this.#sessions.get(client)?.visitor;
      const file = this.#files.get(key);
      if (visitor === undefined || file === undefined) continue;
      this.#later(visitor, () => {
        visitor.peersChanged(file, add, drop);
        for (const peer of dial) visitor.dialAsked(file, peer);
      });
    }
  }
}
