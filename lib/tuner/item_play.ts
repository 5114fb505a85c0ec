/**
 * Moves the packets of one airing into its mount as their time comes. The clock
 * wins: a packet whose time has passed is dropped, a hole before the next one is
 * filled with silence, an item that overruns its slot is cut on a packet
 * boundary. A lead of {@linkcode MOUNT_LEAD_MS} lets bytes be late for a moment
 * without anybody hearing it.
 *
 * Nothing here waits. Times are by the station's clock, in ms since the epoch.
 *
 * @module
 */
import { AlluviumError } from "../errors.ts";
import {
  ALIGN_TOLERANCE_MS,
  JOINT_TOLERANCE_MS,
  MOUNT_LEAD_MS,
  STALL_PATIENCE_MS,
  STALL_SEEK_MS,
} from "../limits.ts";
import type { NowPlaying } from "../media/mount_writer.ts";
import type { TrackInfo } from "../media/packet.ts";
import type { Airing, TimedPacket } from "./airing.ts";
import type { Feeds, Hole } from "./feeds.ts";
import type { MountFeed } from "./mount_feed.ts";
import { filmHoldMs } from "./start_hold.ts";

/** Where an item stands on the clock, lateness included. */
export interface ItemTimes {
  /** When its first packet plays (or would have, for one joined late). */
  startMs: number;
  /** When its slot ends. */
  endMs: number;
  /** Where in the file playing begins, in ms. */
  fromMs: number;
}

/** One item on the air. */
export class ItemPlay {
  /** What is being read. */
  readonly airing: Airing;
  readonly #feeds: Feeds;
  readonly #times: ItemTimes;
  #feed: MountFeed | undefined;
  #begun = false;
  #isCut = false;
  /** Until then a mount that has just begun waits for its first packets. */
  #patientUntilMs = -Infinity;
  /** How late that mount began: so much later than others its players hear all that follows. */
  #lagMs = 0;
  #starvedSinceMs: number | undefined;
  #offMs: number | undefined;
  #isCorrected = false;
  readonly #onCorrection: (byMs: number) => void;

  /**
   * @param airing its packets
   * @param feeds where they go
   * @param times where it stands on the clock
   * @param onCorrection told when a joint takes up what the stream was off, in
   *   ms: more than 0 was skipped, less than 0 was waited
   */
  constructor(
    airing: Airing,
    feeds: Feeds,
    times: ItemTimes,
    onCorrection: (byMs: number) => void = () => {},
  ) {
    this.airing = airing;
    this.#feeds = feeds;
    this.#times = { ...times };
    this.#onCorrection = onCorrection;
  }

  /**
   * How far the stream is behind the schedule, in ms, less than 0 where it is
   * ahead; undefined while nothing of the item is sent.
   */
  get offMs(): number | undefined {
    return this.#begun ? this.#offMs : undefined;
  }

  /** How much later than on the schedule its players hear it, having begun late, in ms. */
  get lagMs(): number {
    return this.#lagMs;
  }

  /** The mount that plays it; undefined before its first packet. */
  get feed(): MountFeed | undefined {
    return this.#feed;
  }

  /** When its slot ends. */
  get endMs(): number {
    return this.#times.endMs;
  }

  /** When it began, or would have. */
  get startMs(): number {
    return this.#times.startMs;
  }

  /** The slot's end has moved: the playlist changed, or a duration became known. */
  setEnd(endMs: number): void {
    this.#times.endMs = endMs;
  }

  /**
   * Moves what is due.
   *
   * @param nowMs the station's clock
   * @param between what listeners are told when there is nothing to play
   * @returns true when the item is over
   */
  poll(nowMs: number, between: NowPlaying): boolean {
    this.#startReading(nowMs);
    this.#movePackets(nowMs);
    this.#fill(nowMs, between);
    const isOver = this.#isOver(nowMs);
    if (!isOver) this.#watchForStall(nowMs);
    return isOver;
  }

  /** Ends it on its mount and gives its file back. */
  close(): void {
    if (this.#begun) this.#feed?.end();
    this.airing.close();
  }

  #startReading(nowMs: number): void {
    if (this.airing.state.kind !== "open" || this.airing.isReading) return;
    // What was read before a failure is played first.
    if (this.airing.peek() === undefined) this.#seekPresent(nowMs);
  }

  /** Reads on from the present place. What the mount has sent is not sent again. */
  #seekPresent(nowMs: number): void {
    const { startMs, fromMs } = this.#times;
    const sentMs = (this.#feed?.atMs ?? -Infinity) - startMs;
    this.airing.seek(Math.max(fromMs, sentMs, this.#placeAt(nowMs)));
  }

  /** The place in the file that can still be played in time. */
  #placeAt(nowMs: number): number {
    // A first mount begins where its first packet plays; others have been
    // filled with silence up to here.
    const filledMs = this.#feeds.all.length === 0
      ? nowMs
      : this.#filledMs(nowMs);
    return filledMs - this.#times.startMs;
  }

  #movePackets(nowMs: number): void {
    const horizonMs = nowMs + MOUNT_LEAD_MS;
    const { info } = this.airing;
    if (info === undefined) return;
    for (let next = this.airing.peek(); next; next = this.airing.peek()) {
      const dueMs = this.#times.startMs + next.atMs;
      const feed = this.#feedFor(info, dueMs, nowMs);
      if (feed === undefined) return this.airing.refuse(noMount(info));
      if (feed.atMs >= horizonMs) return;
      const lateMs = feed.atMs - dueMs;
      if (lateMs > this.#toleranceMs(next)) {
        if (this.#skipAtJoint(next, lateMs)) return;
        this.airing.take();
        continue;
      }
      if (this.#cuts(feed, next, info, lateMs)) return;
      if (-lateMs > (this.#isCorrected ? 0 : this.#toleranceMs(next))) {
        if (next.atMs === 0 && feed.hasBegun) this.#correct(lateMs);
        this.#silence(Math.min(dueMs, horizonMs), this.#playing);
        if (feed.atMs < dueMs || feed.atMs >= horizonMs) return;
      }
      if (this.#holds(feed, info, next, nowMs)) return;
      if (!this.#begun) this.#begin(feed, info);
      this.airing.take();
      feed.write(next.packet);
      this.#offMs = lateMs;
      this.#starvedSinceMs = undefined;
    }
  }

  /** Whether a film that is joined in the middle is to begin a moment later. */
  #holds(
    feed: MountFeed,
    { video }: TrackInfo,
    { atMs }: TimedPacket,
    nowMs: number,
  ): boolean {
    if (feed.hasBegun || nowMs < feed.atMs) return false;
    this.#lagMs = nowMs - feed.atMs;
    const { state, readMs, waitMs } = this.airing;
    const hereMs = state.kind === "ended" ? Infinity : readMs - atMs;
    return video !== undefined && this.#lagMs < filmHoldMs(hereMs, waitMs);
  }

  /** A joint may be a little early or late; who joins in the middle is in time. */
  #toleranceMs({ atMs, packet, durationMs }: TimedPacket): number {
    if (this.#begun || packet.preroll) return ALIGN_TOLERANCE_MS;
    return atMs === 0 ? JOINT_TOLERANCE_MS : durationMs;
  }

  /**
   * What was sent already reaches too far into this item: it begins behind its
   * beginning. Read anew from there, so that a decoder misses nothing it needs.
   */
  #skipAtJoint(next: TimedPacket, lateMs: number): boolean {
    if (this.#begun || this.#isCorrected || next.atMs !== 0) return false;
    this.#correct(lateMs);
    this.airing.seek(lateMs);
    return true;
  }

  #correct(byMs: number): void {
    if (this.#isCorrected) return;
    this.#isCorrected = true;
    this.#onCorrection(byMs);
  }

  /** Whether the clock ends the item before this packet. */
  #cuts(
    feed: MountFeed,
    next: TimedPacket,
    info: TrackInfo,
    lateMs: number,
  ): boolean {
    if (feed.atMs + next.durationMs / 2 <= this.#cutMs(info, lateMs)) {
      return false;
    }
    this.#isCut = true;
    const leftMs = this.#mediaEndMs(info) + lateMs - feed.atMs;
    const isOverrun = this.#mediaEndMs(info) > this.endMs + JOINT_TOLERANCE_MS;
    if (!isOverrun) this.#onCorrection(leftMs);
    return true;
  }

  #feedFor(
    info: TrackInfo,
    dueMs: number,
    nowMs: number,
  ): MountFeed | undefined {
    if (this.#feed !== undefined) return this.#feed;
    const before = this.#feeds.all.length;
    this.#feed = this.#feeds.for(info, dueMs);
    // A new mount has no lead yet; its packets come one by one, and silence
    // after the first would take the place of the others.
    const isNew = this.#feeds.all.length > before;
    if (isNew) this.#patientUntilMs = nowMs + STALL_PATIENCE_MS;
    return this.#feed;
  }

  #begin(feed: MountFeed, info: TrackInfo): void {
    feed.begin(info, this.#playing);
    this.#begun = true;
  }

  get #playing(): NowPlaying {
    const { title, creator } = this.airing.slot.item;
    return { title, ...(creator === undefined ? {} : { creator }) };
  }

  /**
   * Where the clock cuts: an item whose last packet ends near the slot's end, by
   * the place where the stream really is, plays whole.
   */
  #cutMs(info: TrackInfo, lateMs: number): number {
    const { endMs } = this.#times;
    if (info.durationSamples === undefined) return endMs + JOINT_TOLERANCE_MS;
    return this.#mediaEndMs(info) + lateMs > endMs + JOINT_TOLERANCE_MS
      ? endMs
      : endMs + 2 * JOINT_TOLERANCE_MS;
  }

  /** When its last packet would end, had it begun on time. */
  #mediaEndMs({ durationSamples = Infinity, sampleRate }: TrackInfo): number {
    return this.#times.startMs + durationSamples * 1000 / sampleRate;
  }

  /** How far silence goes when there is no packet: what may still come is waited for. */
  #filledMs(nowMs: number): number {
    const { state } = this.airing;
    const isOut = "error" in state || state.kind === "ended";
    const patienceMs = STALL_PATIENCE_MS + this.#lagMs;
    return nowMs + MOUNT_LEAD_MS - (isOut ? 0 : patienceMs);
  }

  /** Silence wherever packets are missing, never past the slot's end. */
  #fill(nowMs: number, between: NowPlaying): void {
    const filledMs = Math.min(this.#filledMs(nowMs), this.endMs);
    const { endMs } = this;
    const { kind } = this.airing.state;
    const isSure = kind === "ended" || kind === "refused";
    const hole: Hole = { playing: between, endMs, isSure };
    if (this.#feed === undefined) {
      return this.#feeds.fillUntil(filledMs, hole);
    }
    const horizonMs = Math.min(nowMs + MOUNT_LEAD_MS, endMs);
    this.#feeds.fillUntil(horizonMs, { ...hole, isSure: true }, this.#feed);
    const hasPackets = this.airing.peek() !== undefined;
    const hasEnded = this.airing.state.kind === "ended" && this.#endsNear();
    const isPatient = nowMs < this.#patientUntilMs;
    if (!this.#isCut && !hasPackets && !hasEnded && !isPatient) {
      if (this.#feed.atMs >= filledMs) return;
      this.#begun = false;
      this.#feeds.fill(this.#feed, filledMs, hole);
    }
  }

  /** Silence interrupts an item: its next packet begins it anew. */
  #silence(untilMs: number, playing: NowPlaying): void {
    const feed = this.#feed;
    if (feed === undefined || feed.atMs >= untilMs) return;
    this.#begun = false;
    feed.silenceUntil(untilMs, playing);
  }

  /** Whether it ends near the slot's end, by its own time: the joint takes up what the stream is off. */
  #endsNear(): boolean {
    const atMs = (this.#feed?.atMs ?? -Infinity) - (this.offMs ?? 0);
    return atMs >= this.#times.endMs - JOINT_TOLERANCE_MS;
  }

  #isOver(nowMs: number): boolean {
    if (this.#isCut) return true;
    if (this.#feed === undefined) return this.#filledMs(nowMs) >= this.endMs;
    if (this.#feed.atMs >= this.#times.endMs) {
      return this.airing.peek() === undefined ||
        this.airing.state.kind === "refused";
    }
    const { kind } = this.airing.state;
    return kind === "ended" && this.airing.peek() === undefined &&
      this.#endsNear();
  }

  /** What is late already need not come: read on from the present place. */
  #watchForStall(nowMs: number): void {
    const starved = this.airing.state.kind === "playing" &&
      this.airing.peek() === undefined;
    if (!starved) {
      this.#starvedSinceMs = undefined;
      return;
    }
    this.#starvedSinceMs ??= nowMs;
    if (nowMs - this.#starvedSinceMs < STALL_SEEK_MS) return;
    this.#starvedSinceMs = nowMs;
    this.#seekPresent(nowMs);
  }
}

function noMount({ codec, sampleRate, channels }: TrackInfo): AlluviumError {
  return new AlluviumError(
    "media-rejected",
    `Cannot stream ${codec} at ${sampleRate} Hz with ${channels} channels: no mount can carry it`,
  );
}
