/**
 * The programme on the mounts: finds the slot that is on, plays it, opens the
 * next item ahead of time, goes from slot to slot when the clock says so. The
 * mounts never end: where there is nothing to play there is silence.
 *
 * It waits for nothing and reads no clock: the shell (`tuner.ts`) hands in what
 * happened (`handleProgramme`) and calls `poll` when time has passed or an
 * airing has something new. Times are by the station's clock, in ms since the
 * epoch, unless they are the programme's own: that one may run late
 * (`--from-start`), until gaps have absorbed the lateness.
 *
 * @module
 */
import {
  CLOCK_JUMP_MS,
  FIRST_SOUND_MS_MAX,
  MOUNT_LEAD_MS,
  OPEN_AHEAD_MS,
  TRACK_AHEAD_MS,
} from "../limits.ts";
import type { NowPlaying } from "../media/mount_writer.ts";
import type { Item } from "../playlist/playlist.ts";
import type { Programme } from "../schedule/programme.ts";
import type { ItemSlot, Slot } from "../schedule/slot.ts";
import type { Airing } from "./airing.ts";
import { guessKind } from "./codec_guess.ts";
import type { Feeds } from "./feeds.ts";
import { FillerLoader } from "./filler.ts";
import { ItemPlay } from "./item_play.ts";

/** How often the mounts are filled while an item plays, in ms: two packets or so. */
const POLL_MS = 50;
/** Slots that may pass in one poll: a machine that slept finds its place in one. */
const SLOTS_PER_POLL = 8;

/** What a station player works with. */
export interface StationPlayerOptions {
  feeds: Feeds;
  /**
   * Opens an item.
   *
   * @param slot where it is in the programme
   * @param fromMs where in the file reading will start, in ms
   * @param neededAtMs when that place goes to players, by the station's clock
   */
  open(slot: ItemSlot, fromMs: number, neededAtMs: number): Airing;
  /** Play the first item from its beginning. */
  fromStart: boolean;
  /** An item cannot be played; called once for each airing. */
  onFailure(airing: Airing, untilMs: number): void;
}

/** How the stream keeps to the schedule. */
export interface Timing {
  /**
   * How far what is sent is behind its place in the schedule, in ms; less than 0:
   * ahead. Undefined while no item is sent.
   */
  offMs?: number;
  /** Joints at which more than JOINT_TOLERANCE_MS was taken up. */
  corrections: number;
  /** The last of them; more than 0 was skipped, less than 0 was waited. */
  lastCorrection?: { atMs: number; byMs: number };
}

/** What is on the air, for people. */
export interface OnAir {
  /** In the programme's own time. */
  slot: Slot;
  /** How late the programme runs, in ms. */
  lateMs: number;
  /** How the stream keeps to that. */
  timing: Timing;
  /** Its bytes here; undefined for a gap and before the file is open. */
  progress?: { bytesHeld: number; bytes: number };
  /** Why it cannot be heard, as a sentence. */
  trouble?: string;
}

/** One station's programme on its mounts. */
export class StationPlayer {
  readonly #options: StationPlayerOptions;
  readonly #filler: FillerLoader;
  readonly #learned = new Map<string, number>();
  #programme: Programme;
  #lateMs = 0;
  #slot: Slot;
  #play: ItemPlay | undefined;
  #next: Airing | undefined;
  #startedMs: number;
  #polledMs: number;
  #told: Airing | undefined;
  #playheadMs = -Infinity;
  #corrections: Pick<Timing, "corrections" | "lastCorrection"> = {
    corrections: 0,
  };

  /**
   * @param programme what to play
   * @param nowMs the station's clock
   */
  constructor(
    programme: Programme,
    nowMs: number,
    options: StationPlayerOptions,
  ) {
    this.#options = options;
    this.#filler = new FillerLoader((...place) => options.open(...place));
    this.#programme = programme;
    this.#startedMs = nowMs;
    this.#polledMs = nowMs;
    this.#slot = programme.slotAt(nowMs);
    if (options.fromStart && this.#slot.kind === "item") {
      this.#lateMs = nowMs - this.#slot.startMs;
    }
    this.#enter(nowMs - this.#lateMs, nowMs);
  }

  /** What is on. */
  get onAir(): OnAir {
    const airing = this.#play?.airing;
    const state = airing?.state;
    return {
      slot: this.#slot,
      lateMs: this.#lateMs,
      timing: {
        ...this.#corrections,
        ...(this.#play?.offMs === undefined ? {} : { offMs: this.#play.offMs }),
      },
      ...(airing?.progress ? { progress: airing.progress } : {}),
      ...(state && "error" in state ? { trouble: state.error.message } : {}),
    };
  }

  /** The item after the one that is on, at most half an hour of gap away. */
  get nextSlot(): ItemSlot | undefined {
    if (this.#slot.endMs === Infinity) return undefined;
    const after = this.#programme.slotAt(this.#slot.endMs);
    if (after.kind === "item") return after;
    if (after.endMs === Infinity) return undefined;
    const later = this.#programme.slotAt(after.endMs);
    return later.kind === "item" ? later : undefined;
  }

  /** Duration in ms of an item, once its media has told; for {@linkcode Programme}. */
  durationOf(item: Item): number | undefined {
    return this.#learned.get(item.url);
  }

  /** A new version of the programme. The clock wins: what is on may change at once. */
  handleProgramme(programme: Programme, nowMs: number): void {
    this.#programme = programme;
    const atMs = Math.max(nowMs - this.#lateMs, this.#slot.startMs);
    const slot = programme.slotAt(atMs);
    if (isSame(slot, this.#slot)) return this.#moveEnd(slot);
    this.#play?.close();
    this.#slot = slot;
    this.#enter(atMs, nowMs);
  }

  /**
   * Moves what is due.
   *
   * @param nowMs the station's clock
   * @returns when to call again, at the latest
   */
  poll(nowMs: number): number {
    this.#followClock(nowMs);
    for (let i = 0; i < SLOTS_PER_POLL; i++) {
      if (!this.#pollSlot(nowMs)) break;
      this.#enterNext(nowMs);
    }
    this.#firstSound(nowMs);
    this.#prepareNext(nowMs);
    this.#prepareFiller(nowMs);
    this.#tellPlayhead(nowMs);
    return nowMs + POLL_MS;
  }

  /** Gives every file back. The mounts stay as they are. */
  close(): void {
    this.#play?.close();
    this.#next?.close();
    this.#filler.close();
  }

  get #between(): NowPlaying {
    return { title: this.#programme.playlist.title };
  }

  /** @returns true when the slot is over */
  #pollSlot(nowMs: number): boolean {
    const play = this.#play;
    if (play === undefined) {
      const endMs = this.#slot.endMs + this.#lateMs;
      const horizonMs = nowMs + MOUNT_LEAD_MS;
      this.#options.feeds.fillUntil(Math.min(horizonMs, endMs), {
        playing: this.#between,
        endMs,
        isSure: true,
      });
      return horizonMs >= endMs;
    }
    this.#learnDuration(play);
    const isOver = play.poll(nowMs, this.#between);
    const { state } = play.airing;
    if ("error" in state && this.#told !== play.airing) {
      this.#told = play.airing;
      this.#options.onFailure(play.airing, play.endMs);
    }
    return isOver;
  }

  #enterNext(nowMs: number): void {
    this.#play?.close();
    const atMs = this.#slot.endMs;
    this.#slot = this.#programme.slotAt(atMs);
    this.#enter(atMs, nowMs);
  }

  /**
   * Begins the slot that is on.
   *
   * @param atMs the programme's time: the slot's start, or a place within it
   */
  #enter(atMs: number, nowMs: number): void {
    const slot = this.#slot;
    this.#play = undefined;
    if (slot.kind === "gap") {
      this.#lateMs -= Math.min(this.#lateMs, slot.endMs - atMs);
      return;
    }
    const fromMs = atMs - slot.startMs;
    const airing = this.#takeNext(slot) ??
      this.#options.open(slot, fromMs, Math.max(nowMs, atMs + this.#lateMs));
    this.#play = new ItemPlay(airing, this.#options.feeds, {
      startMs: slot.startMs + this.#lateMs,
      endMs: slot.endMs + this.#lateMs,
      fromMs,
    }, (byMs) => this.#noteCorrection(byMs));
  }

  #noteCorrection(byMs: number): void {
    this.#corrections = {
      corrections: this.#corrections.corrections + 1,
      lastCorrection: { atMs: this.#polledMs, byMs },
    };
  }

  /** The item opened ahead, if it is the one. */
  #takeNext(slot: ItemSlot): Airing | undefined {
    const next = this.#next;
    this.#next = undefined;
    if (next && isSame(next.slot, slot)) return next;
    next?.close();
    return undefined;
  }

  #prepareNext(nowMs: number): void {
    const slot = this.nextSlot;
    if (this.#next && !(slot && isSame(slot, this.#next.slot))) {
      this.#next.close();
      this.#next = undefined;
    }
    if (slot === undefined || !this.#mayOpenNext()) return;
    const startMs = Math.max(slot.startMs, this.#slot.endMs) + this.#lateMs;
    if (startMs - nowMs > OPEN_AHEAD_MS + this.#remainingMs(nowMs)) return;
    const fromMs = startMs - this.#lateMs - slot.startMs;
    const sentMs = startMs - MOUNT_LEAD_MS;
    this.#next ??= this.#options.open(slot, fromMs, sentMs);
    const { state, isReading } = this.#next;
    const isTime = sentMs - nowMs < TRACK_AHEAD_MS || this.#mustKnowNext();
    if (state.kind === "open" && !isReading && isTime) this.#next.seek(fromMs);
  }

  /** In a gap the filler may be the first that is heard, if it fits what comes. */
  #mustKnowNext(): boolean {
    const { filler, all } = this.#options.feeds;
    return filler !== undefined && this.#slot.kind === "gap" &&
      all.some(({ hasBegun }) => !hasBegun);
  }

  /** The filler comes after what is on. */
  #prepareFiller(nowMs: number): void {
    const { feeds } = this.#options;
    if (this.#mayOpenNext()) {
      this.#filler.poll(this.#programme.playlist.filler, nowMs);
    }
    feeds.filler = this.#filler.ready;
    feeds.upcoming = this.#next?.info ??
      (this.nextSlot === undefined ? "any" : undefined);
  }

  /** The item that is on comes first: the next one waits for its first packet. */
  #mayOpenNext(): boolean {
    const kind = this.#play?.airing.state.kind;
    return kind !== "opening" && kind !== "open";
  }

  #remainingMs(nowMs: number): number {
    return this.#slot.kind === "gap"
      ? 0
      : Math.max(0, this.#slot.endMs + this.#lateMs - nowMs);
  }

  #moveEnd(slot: Slot): void {
    this.#slot = slot;
    this.#play?.setEnd(slot.endMs + this.#lateMs);
  }

  /** The playlist states no duration: the media does, in its header or by its end. */
  #learnDuration(play: ItemPlay): void {
    const { item } = play.airing.slot;
    if (item.durationMs !== undefined || this.#learned.has(item.url)) return;
    const durationMs = measuredMs(play.airing);
    if (durationMs === undefined) return;
    this.#learned.set(item.url, durationMs);
    const slot = this.#programme.slotAt(this.#slot.startMs);
    if (isSame(slot, this.#slot)) this.#moveEnd(slot);
  }

  /** After a sleep of the machine, or a step of its clock, the mounts jump. */
  #followClock(nowMs: number): void {
    const stepMs = nowMs - this.#polledMs;
    this.#polledMs = nowMs;
    if (Math.abs(stepMs) < CLOCK_JUMP_MS) return;
    for (const feed of this.#options.feeds.all) feed.jumpTo(nowMs);
    this.#play?.close();
    this.#lateMs = 0;
    this.#slot = this.#programme.slotAt(nowMs);
    this.#enter(nowMs, nowMs);
  }

  /** A listener that waits hears silence rather than nothing at all. */
  #firstSound(nowMs: number): void {
    if (this.#options.feeds.all.length > 0) return;
    const soon = this.#play !== undefined &&
      nowMs - this.#startedMs < FIRST_SOUND_MS_MAX;
    if (soon) return;
    const slot = this.#slot.kind === "item" ? this.#slot : this.nextSlot;
    this.#options.feeds.add(guessKind(slot?.item), nowMs);
  }

  #tellPlayhead(nowMs: number): void {
    if (Math.abs(nowMs - this.#playheadMs) < 1000) return;
    this.#playheadMs = nowMs;
    const play = this.#play;
    if (play === undefined) return;
    const sentMs = play.startMs + play.airing.readMs + play.lagMs -
      MOUNT_LEAD_MS;
    play.airing.setPlayhead(Math.max(nowMs, sentMs));
  }
}

/** Whether two slots are the same airing of the same file; their ends may differ. */
function isSame(a: Slot, b: Slot): boolean {
  if (a.kind === "gap" || b.kind === "gap") return a.kind === b.kind;
  return a.startMs === b.startMs && a.item.url === b.item.url &&
    a.item.root === b.item.root;
}

/** What an airing knows of its file's length, in ms. */
function measuredMs(airing: Airing): number | undefined {
  const { info, state, readMs } = airing;
  if (info?.durationSamples !== undefined) {
    return info.durationSamples * 1000 / info.sampleRate;
  }
  return state.kind === "ended" ? readMs : undefined;
}
