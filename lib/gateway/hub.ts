/**
 * The swarm socket's other half: who is connected, who takes part in what, and
 * what each message does. Reads, decides and answers at once; only a join may
 * wait, for the origin.
 *
 * The parts it is made of know their own matter: tracker (peers), lease desk
 * (who may fetch what), hash feed (hashes while a file arrives), resolver (from
 * URL to content). What they tell each other passes through here.
 *
 * @module
 */
import type { Clock } from "../clock.ts";
import { AlluviumError, toAlluviumError } from "../errors.ts";
import type { WebSocket } from "../http/websocket.ts";
import {
  GATEWAY_CONTENTS_PER_SESSION_MAX,
  GATEWAY_RUN_LEAVES_MAX,
  GATEWAY_RUNS_PER_REQUEST,
  GATEWAY_SESSIONS_MAX,
  GATEWAY_SILENCE_MS_MAX,
} from "../limits.ts";
import type { Log } from "../log.ts";
import type { GatewayContent } from "./content.ts";
import type { Contents, UrlEntry } from "./contents.ts";
import type { Crowd } from "./crowd.ts";
import type { DialBack } from "./dial_back.ts";
import type { KeptFiles } from "./kept_files.ts";
import { LeaseDesk } from "./lease_desk.ts";
import { type Member, resourceOf } from "./member.ts";
import { type MirrorCheck, Mirrors } from "./mirrors.ts";
import { type ClientMessage, SWARM_SOCKET_VERSION } from "./messages.ts";
import { Neighbourhood } from "./neighbourhood.ts";
import type { Neighbours } from "./neighbours.ts";
import { Places } from "./places.ts";
import type { UrlResolver } from "./resolver.ts";
import { Roster } from "./roster.ts";
import { type Hello, type SessionHost, SwarmSession } from "./session.ts";
import type { Tally } from "./tally.ts";
import { Tracker } from "./tracker.ts";

/** News of peers goes out this often: a crowd that comes at once makes one message each. */
const NEWS_MS = 200;

/** Clients that are told news at a time: about 5 ms of work. */
const NEWS_AT_ONCE = 64;

/** That somebody has left a content may wait about so long: at the end of an item all do, and nobody needs to hear it. */
const LEAVES_MS = 10_000;

/** Parts of a silence in which everybody is pinged once, a few at a time: all at once would hold up the others. */
const CHECKS = 100;

/** What a run of hashes is charged: 22 KiB of answer. All of a 1 GiB file may be asked for at once. */
const MESSAGES_PER_RUN = 7;

/** Close code of RFC 6455: going away. */
const CLOSE_GOING_AWAY = 1001;

type Join = ClientMessage & { t: "join" };

/** What a hub works with. */
export interface HubTools {
  contents: Contents;
  resolver: UrlResolver;
  files: KeptFiles;
  dialBack: DialBack;
  checkMirror: MirrorCheck;
  clock: Clock;
  random: () => number;
  log: Log;
  tally: Tally;
  crowd: Crowd;
  /** Other gateways of the same network, if there are any. */
  neighbours?: Neighbours | undefined;
}

/** All clients of one gateway. What changes under them is the roster's part. */
export class SwarmHub implements SessionHost {
  readonly clock: Clock;
  readonly #tools: HubTools;
  readonly #sessions = new Map<number, SwarmSession>();
  readonly #tracker: Tracker;
  readonly #desk: LeaseDesk;
  readonly #roster: Roster;
  readonly #neighbourhood: Neighbourhood | undefined;
  readonly #mirrors: Mirrors;
  readonly #places: Places;
  #lastNumber = 0;
  #closed = false;
  #cancelNews: (() => void) | undefined;
  #cancelChecks: (() => void) | undefined;

  /** @param tools what it works with */
  constructor(tools: HubTools) {
    this.#tools = tools;
    this.clock = tools.clock;
    this.#tracker = new Tracker(tools.random);
    this.#desk = new LeaseDesk(tools.files, tools.clock);
    this.#roster = new Roster({
      ...tools,
      desk: this.#desk,
      tracker: this.#tracker,
    });
    const { neighbours, clock, random, checkMirror: check } = tools;
    const tracker = this.#tracker;
    this.#places = new Places({
      ...{ tracker, dialBack: tools.dialBack, tally: tools.tally },
      dialled: (session) => this.#dialled(session),
    });
    this.#mirrors = new Mirrors({ tracker, check, clock, random });
    const changed = () => this.#newsLater();
    this.#neighbourhood = neighbours &&
      new Neighbourhood({ tracker, neighbours, clock, changed });
    tools.contents.events = {
      whole: (content, successor) => {
        this.#roster.whole(content, successor);
        this.#mirrors.look(successor);
        const old = content.provisionalKey;
        if (old !== undefined) this.#neighbourhood?.rename(old, successor.key);
        this.#newsLater();
      },
      gone: (url, content, error) => {
        this.#roster.gone(url, content, error);
        this.#newsLater();
      },
    };
    this.#checkLater();
  }

  /** Clients connected. */
  get clients(): number {
    return this.#sessions.size;
  }

  /** Whether there is room for another client. */
  get open(): boolean {
    return this.#sessions.size < GATEWAY_SESSIONS_MAX;
  }

  /**
   * Takes a client's open socket.
   *
   * @param host its address
   * @param base where it reaches this gateway, with a slash at the end
   * @param gone aborts when its connection has ended
   */
  accept(
    socket: WebSocket,
    host: string,
    base: string,
    gone: AbortSignal,
  ): void {
    const number = ++this.#lastNumber;
    const purses = this.#tools.crowd.sit(host);
    const place = { number, host, base, gone, purses };
    this.#sessions.set(number, new SwarmSession(socket, place, this));
  }

  /**
   * URLs of a content at public peers that hold it whole.
   *
   * @param askedFrom the address of who is to be told
   */
  mirrors(content: GatewayContent, askedFrom: string): string[] {
    return this.#mirrors.of(content, askedFrom);
  }

  /**
   * A client can be dialled at another address, too; see {@linkcode Places.show}.
   *
   * @throws {AlluviumError} `not-found`, `bad-request`, `busy`
   */
  show(ticket: string, host: string, port: number): Promise<boolean> {
    return this.#places.show(ticket, host, port);
  }

  /** Says goodbye to everyone. */
  close(): void {
    this.#closed = true;
    this.#cancelNews?.();
    this.#cancelChecks?.();
    this.#neighbourhood?.close();
    this.#roster.stop();
    for (const session of this.#sessions.values()) {
      session.close(CLOSE_GOING_AWAY, "the gateway is closing");
    }
  }

  /** A client said hello. */
  greeted(session: SwarmSession, hello: Hello): void {
    const { number: client, host } = session;
    const { id, port, capacity, share } = hello;
    const peer = { client, id, host, port, capacity, share, reachable: false };
    this.#tracker.enter({ ...peer, public: hello.public });
    if (port === 0 || !share) return this.#welcome(session, false);
    this.#welcome(session, null, this.#places.enter(session, port));
  }

  /** A client that has said hello says something else. */
  message(session: SwarmSession, message: ClientMessage): void {
    if (message.t === "join") return void this.#join(session, message);
    if (message.t === "hello") return;
    const member = session.members.get(message.key);
    // It may have left, or the content may be gone: both cross on the way.
    if (member === undefined) return;
    switch (message.t) {
      case "leave":
        this.#roster.leave(member);
        return this.#newsLater();
      case "lease":
        return this.#lease(member, message);
      case "done":
        return this.#desk.done(member, message);
      case "share":
        this.#tracker.share(session.number, member.content.key, message.share);
        if (session.hello?.public) this.#mirrors.look(member.content);
        return;
      case "hashes":
        return this.#hashes(member, message);
    }
  }

  /** A client's socket is closed. */
  closed(session: SwarmSession): void {
    this.#sessions.delete(session.number);
    this.#tools.crowd.rise(session.host);
    for (const member of new Set(session.members.values())) {
      this.#roster.leave(member);
    }
    this.#tracker.exit(session.number);
    this.#newsLater();
  }

  #welcome(
    session: SwarmSession,
    reachable: boolean | null,
    ticket?: string,
  ): void {
    session.send({
      t: "welcome",
      v: SWARM_SOCKET_VERSION,
      address: session.host,
      reachable,
      timeMs: this.clock.now(),
      ...(ticket === undefined ? {} : { ticket }),
    });
  }

  #dialled(session: SwarmSession): void {
    if (session.hello?.public) {
      for (const { content } of session.members.values()) {
        this.#mirrors.look(content);
      }
    }
    this.#welcome(session, this.#tracker.isReachable(session.number));
    this.#newsLater();
  }

  async #join(session: SwarmSession, join: Join): Promise<void> {
    try {
      const parts = new Set(session.members.values()).size + session.joining;
      if (parts >= GATEWAY_CONTENTS_PER_SESSION_MAX) throw tooMany();
      session.joining++;
      const entry = await this.#tools.resolver.resolve(join, session.host)
        .finally(() => session.joining--);
      if (!session.gone.aborted) this.#enter(session, join, entry);
    } catch (error) {
      if (!(error instanceof AlluviumError)) {
        this.#tools.log("error", "A join failed", { error });
      }
      this.#tools.tally.refused(toAlluviumError(error).code);
      session.refuse(error, join.ref);
    }
  }

  /** The answer in one round trip: resource, hashes, peers, first lease. */
  #enter(session: SwarmSession, join: Join, entry: UrlEntry): void {
    const { content, url, facts } = entry;
    this.#tools.tally.joins++;
    const member = this.#roster.enter(session, join, entry);
    const hashes = content.runAt(join.leaf);
    const { files } = this.#tools;
    const range = {
      from: join.leaf,
      until: content.leaves,
      chunks: join.lease,
    };
    session.send({
      t: "joined",
      ref: join.ref,
      resource: resourceOf(url, content, facts, {
        base: session.base,
        files,
        mirrors: this.mirrors(content, session.host),
      }),
      ...(hashes === undefined ? {} : { hashes }),
      peers: this.#tracker.join(session.number, content.key),
      leases: join.lease > 0 ? this.#desk.grant(member, range) : [],
    });
    this.#neighbourhood?.follow(content.key);
    this.#newsLater();
    this.#roster.wake(content);
  }

  #lease(member: Member, wish: ClientMessage & { t: "lease" }): void {
    const { from, until } = wish;
    const key = member.knownAs;
    member.chunk = wish.chunk ?? member.chunk;
    const leases = this.#desk.grant(member, wish);
    for (const lease of leases) member.client.send({ t: "lease", key, lease });
    if (leases.length > 0) return;
    const retryMs = this.#desk.retryMs(member);
    member.client.send({ t: "wait", key, from, until, retryMs });
  }

  #hashes(member: Member, wish: ClientMessage & { t: "hashes" }): void {
    const { content, client, knownAs } = member;
    const end = Math.min(
      content.leaves,
      wish.from + wish.count,
      wish.from + GATEWAY_RUNS_PER_REQUEST * GATEWAY_RUN_LEAVES_MAX,
    );
    const size = GATEWAY_RUN_LEAVES_MAX;
    for (let from = wish.from; from < end;) {
      const until = Math.min(end, from - from % size + size);
      const run = content.provisional
        ? content.arrivedRun(from, until)
        : content.provenRun(from, until - from);
      if (run === undefined) return;
      client.send({ t: "hashes", key: knownAs, run });
      client.charge(MESSAGES_PER_RUN);
      from = until;
    }
  }

  #newsLater(): void {
    if (this.#closed || this.#cancelNews !== undefined) return;
    if (!this.#tracker.changed && !this.#tracker.ownChanged) return;
    this.#cancelNews = this.clock.timer(NEWS_MS, () => {
      if (this.#neighbourhood !== undefined) this.#neighbourhood.tellOwn();
      else this.#tracker.pollOwn(); // Nobody there to hear it.
      this.#tellSome(1 - NEWS_MS / LEAVES_MS);
      this.#tellRest(this.#tracker.urgent);
    });
  }

  /** The rest of this round, some at a time: who joins meanwhile is answered between. */
  #tellRest(left: number): void {
    if (left <= 0) {
      this.#cancelNews = undefined;
      return this.#newsLater();
    }
    this.#cancelNews = this.clock.timer(0, () => {
      this.#tellSome(1);
      this.#tellRest(left - NEWS_AT_ONCE);
    });
  }

  #tellSome(patience: number): void {
    const changes = this.#tracker.pollChanges(patience, NEWS_AT_ONCE);
    for (const { client, key: name, add, drop, dial } of changes) {
      const session = this.#sessions.get(client);
      const key = session?.members.get(name)?.knownAs;
      if (session === undefined || key === undefined) continue;
      session.send({ t: "peers", key, add, drop });
      for (const peer of dial) session.send({ t: "dial", peer, key });
    }
  }

  #checkLater(part = 0): void {
    const everyMs = GATEWAY_SILENCE_MS_MAX / 3 / CHECKS;
    this.#cancelChecks = this.clock.timer(everyMs, () => {
      for (const [number, session] of this.#sessions) {
        if (number % CHECKS === part) session.check();
      }
      this.#checkLater((part + 1) % CHECKS);
    });
  }
}

function tooMany(): AlluviumError {
  return new AlluviumError(
    "busy",
    `Cannot join: wanted at most ${GATEWAY_CONTENTS_PER_SESSION_MAX} contents at a time`,
  );
}
