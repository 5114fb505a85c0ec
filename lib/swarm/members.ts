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
  /** Its peer port, from 1. */
  port: number;
}

/** First wait after a failed dial; doubled each time. */
const REDIAL_MS = 2_000;

/** A dial that has not become a link after this has failed: another may answer at that address now. */
const DIAL_MS = 15_000;

/** A peer that failed this often is forgotten until it is named again. */
const DIAL_FAILURES_MAX = 3;

interface Member extends PeerAddress {
  dialling: boolean;
  failures: number;
  /** When it may be dialled, or when its dial counts as failed. */
  nextMs: number;
}

/** The peers we know of. */
export class Members {
  readonly #members = new Map<string, Member>();
  readonly #linked = new Set<string>();
  readonly #banned = new Set<string>();
  /** Found anew after every change. */
  #nextMs: number | undefined;

  /**
   * Nobody yet.
   *
   * @param selfId our own id: never dialled
   */
  constructor(readonly selfId: string) {}

  /** Takes note of peers; what is over the limit or banned is left out. */
  add(peers: Iterable<PeerAddress>): void {
    this.#nextMs = undefined;
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
          dialling: false,
          failures: 0,
          nextMs: -Infinity,
        });
      }
    }
  }

  /** Forgets peers that have left; links to them stay. */
  drop(ids: Iterable<string>): void {
    this.#nextMs = undefined;
    for (const id of ids) {
      if (this.#members.get(id)?.dialling === false) this.#members.delete(id);
    }
  }

  /** Peers to dial now, random order, no more than leave `LINKS_DIALLED_MAX` links. */
  toDial(nowMs: number, random: () => number): PeerAddress[] {
    if (nowMs < this.nextDialMs()) return [];
    this.#nextMs = undefined;
    const free: Member[] = [];
    for (const member of [...this.#members.values()]) {
      if (member.nextMs > nowMs || this.#linked.has(member.id)) continue;
      if (member.dialling) this.dialFailed(member.id, nowMs);
      else free.push(member);
    }
    const picked: PeerAddress[] = [];
    let links = this.#linksOrDials();
    for (; free.length > 0 && links < LINKS_DIALLED_MAX; links++) {
      const [member] = free.splice(Math.floor(random() * free.length), 1);
      member!.dialling = true;
      member!.nextMs = nowMs + DIAL_MS;
      const { id, host, port } = member!;
      picked.push({ id, host, port });
    }
    return picked;
  }

  /** When {@linkcode toDial} may have something new; Infinity if nobody waits. */
  nextDialMs(): number {
    return this.#nextMs ??= this.#findNextMs();
  }

  #findNextMs(): number {
    const full = this.#linksOrDials() >= LINKS_DIALLED_MAX;
    let next = Infinity;
    for (const { id, dialling, nextMs } of this.#members.values()) {
      if (this.#linked.has(id) || (full && !dialling)) continue;
      next = Math.min(next, nextMs);
    }
    return next;
  }

  /** A dial did not become a link. */
  dialFailed(id: string, nowMs: number): void {
    this.#nextMs = undefined;
    const member = this.#members.get(id);
    if (member === undefined || !member.dialling) return;
    member.dialling = false;
    member.failures++;
    member.nextMs = nowMs + REDIAL_MS * 2 ** (member.failures - 1);
    if (member.failures >= DIAL_FAILURES_MAX) this.#members.delete(id);
  }

  /** A hello came from this peer; false if it is banned or ourselves. */
  linked(id: string): boolean {
    this.#nextMs = undefined;
    if (id === this.selfId || this.#banned.has(id)) return false;
    this.#linked.add(id);
    const member = this.#members.get(id);
    if (member !== undefined) {
      member.dialling = false;
      member.failures = 0;
    }
    return true;
  }

  /** The last link to a peer ended. */
  unlinked(id: string, nowMs: number): void {
    this.#nextMs = undefined;
    this.#linked.delete(id);
    const member = this.#members.get(id);
    if (member !== undefined) member.nextMs = nowMs + REDIAL_MS;
  }

  /** Whether a peer must not be linked. */
  isBanned(id: string): boolean {
    return this.#banned.has(id);
  }

  /** Never again in this session. */
  ban(id: string): void {
    this.#nextMs = undefined;
    this.#banned.add(id);
    this.#members.delete(id);
  }

  #linksOrDials(): number {
    let count = this.#linked.size;
    for (const { id, dialling } of this.#members.values()) {
      if (dialling && !this.#linked.has(id)) count++;
    }
    return count;
  }
}
