/**
 * Whom to dial. Everyone the gateway names is a candidate; a handful are linked.
 * Pure bookkeeping: the shell dials and says how it went.
 *
 * @module
 */
import { LINKS_DIALLED_MAX, MEMBERS_MAX } from "../limits.ts";

/** A peer that can be dialled. */
export interface PeerAddress {
  /** 32 hex digits, random per run. */
  id: string;
  /** IP literal; IPv6 without brackets. */
  host: string;
  port: number;
}

/** First wait after a failed dial; doubled each time. */
const REDIAL_MS = 2_000;

/** A peer that failed this often is forgotten until it is named again. */
const DIAL_FAILURES_MAX = 3;

interface Member extends PeerAddress {
  state: "idle" | "dialling" | "linked";
  failures: number;
  notBeforeMs: number;
}

/** The peers we know of. */
export class Members {
  readonly #members = new Map<string, Member>();
  readonly #banned = new Set<string>();

  /** @param selfId our own id: never dialled */
  constructor(readonly selfId: string) {}

  /** Ids of all peers known, linked or not. */
  ids(): Iterable<string> {
    return this.#members.keys();
  }

  /** Takes note of peers; what is over the limit or banned is left out. */
  add(peers: Iterable<PeerAddress>): void {
    for (const { id, host, port } of peers) {
      if (id === this.selfId || this.#banned.has(id)) continue;
      const known = this.#members.get(id);
      if (known !== undefined) {
        known.host = host;
        known.port = port;
      } else if (this.#members.size < MEMBERS_MAX) {
        this.#members.set(id, {
          id,
          host,
          port,
          state: "idle",
          failures: 0,
          notBeforeMs: 0,
        });
      }
    }
  }

  /** Forgets peers that have left; links to them stay. */
  drop(ids: Iterable<string>): void {
    for (const id of ids) {
      if (this.#members.get(id)?.state === "idle") this.#members.delete(id);
    }
  }

  /** Peers to dial now, random order, no more than leave `LINKS_DIALLED_MAX` links. */
  toDial(nowMs: number, random: () => number): PeerAddress[] {
    let links = 0;
    const idle: Member[] = [];
    for (const member of this.#members.values()) {
      if (member.state !== "idle") links++;
      else if (member.notBeforeMs <= nowMs) idle.push(member);
    }
    const picked: PeerAddress[] = [];
    while (idle.length > 0 && links + picked.length < LINKS_DIALLED_MAX) {
      const [member] = idle.splice(Math.floor(random() * idle.length), 1);
      member!.state = "dialling";
      picked.push(member!);
    }
    return picked;
  }

  /** When {@linkcode toDial} may have something new; Infinity if nobody waits. */
  nextDialMs(): number {
    let next = Infinity;
    let links = 0;
    for (const { state, notBeforeMs } of this.#members.values()) {
      if (state === "idle") next = Math.min(next, notBeforeMs);
      else links++;
    }
    return links < LINKS_DIALLED_MAX ? next : Infinity;
  }

  /** A dial did not become a link. */
  dialFailed(id: string, nowMs: number): void {
    const member = this.#members.get(id);
    if (member === undefined) return;
    member.failures++;
    if (member.failures >= DIAL_FAILURES_MAX) {
      this.#members.delete(id);
      return;
    }
    member.state = "idle";
    member.notBeforeMs = nowMs + REDIAL_MS * 2 ** (member.failures - 1);
  }

  /** A hello came from this peer; false if it is banned or ourselves. */
  linked(id: string): boolean {
    if (id === this.selfId || this.#banned.has(id)) return false;
    const member = this.#members.get(id);
    if (member !== undefined) {
      member.state = "linked";
      member.failures = 0;
    }
    return true;
  }

  /** A link ended. */
  unlinked(id: string, nowMs: number): void {
    const member = this.#members.get(id);
    if (member?.state !== "linked") return;
    member.state = "idle";
    member.notBeforeMs = nowMs + REDIAL_MS;
  }

  /** Never again in this session. */
  ban(id: string): void {
    this.#banned.add(id);
    this.#members.delete(id);
  }
}
