/**
 * The listener of one station: keeps the playlist fresh, plays the programme on
 * its mounts, tells what is on. This is the shell around `station_player.ts`:
 * it reads the clock, waits, logs; it decides nothing.
 *
 * Promises: once started it plays until `close`, whatever the origin, the
 * playlist's server or the swarm do; troubles are logged in one sentence each
 * and shown in `status`. Leaves to others: fetching bytes (a `FileOpener`),
 * serving listeners (whoever makes the mounts).
 *
 * @module
 */
import type { Clock } from "../clock.ts";
import { AlluviumError } from "../errors.ts";
import { type Log, silentLog } from "../log.ts";
import { openTrack } from "../media/open.ts";
import { PlaylistSource, type Refresh } from "../playlist/load.ts";
import type { Playlist } from "../playlist/playlist.ts";
import type { ClockSample } from "../schedule/clock_offset.ts";
import { Programme } from "../schedule/programme.ts";
import type { ItemSlot } from "../schedule/slot.ts";
import { Airing } from "./airing.ts";
import { type FeedMaker, Feeds } from "./feeds.ts";
import type { FileOpener } from "./files.ts";
import { problemSentences } from "./playlist_problems.ts";
import { type OnAir, StationPlayer } from "./station_player.ts";
import { Wakeup } from "./wakeup.ts";

/** What a tuner works with. */
export interface TunerOptions {
  /** The playlist: an http, https or file URL, or a file's path. */
  url: string;
  /** Gateways instead of the playlist's own. */
  gateways?: string[];
  /** Opens the files of items. */
  opener: FileOpener;
  /** The machine's time; `offsetMs` makes it the station's. */
  clock: Clock;
  /** A number in [0, 1), to spread refreshes. */
  random: () => number;
  /** What a person should know, one sentence each. */
  log: Log;
  /** How far the station's clock is ahead of the machine's, in ms. */
  offsetMs(): number;
  /** A server told the time. */
  onTime?(sample: ClockSample): void;
  /** Play the first item from its beginning. @default {false} */
  fromStart?: boolean;
  /** Fetches the playlist. @default {globalThis.fetch} */
  fetch?: typeof fetch;
}

/** A tuned station at one moment. */
export interface TunerStatus {
  /** The playlist's title. */
  title: string;
  /** The playlist's address. */
  url: string;
  /** The station's web page, where the playlist names one. */
  link?: string;
  /** The station's clock. */
  nowMs: number;
  /** What is on, and how well. */
  onAir: OnAir;
  /** What comes after it. */
  next?: ItemSlot;
  /** Whether every item of the playlist states its root. */
  rootsPublished: boolean;
  /** The gateways in use. */
  gateways: string[];
  /** Why the newest playlist could not be had, as a sentence. */
  playlistTrouble?: string;
}

/** One station, tuned. */
export class Tuner {
  readonly #options: TunerOptions;
  readonly #source: PlaylistSource;
  readonly #wakeup: Wakeup;
  readonly #end = new AbortController();
  #programme!: Programme;
  #player!: StationPlayer;
  #trouble: AlluviumError | undefined;
  #problemsTold = "";
  #firstWaitMs = 0;
  #running: Promise<void> = Promise.resolve();

  private constructor(options: TunerOptions) {
    this.#options = options;
    this.#wakeup = new Wakeup(options.clock);
    this.#source = new PlaylistSource(options.url, {
      clock: options.clock,
      random: options.random,
      log: silentLog, // Said here, once for each trouble.
      ...(options.fetch ? { fetch: options.fetch } : {}),
    });
  }

  /**
   * Reads the playlist. Playing begins with {@linkcode Tuner.start}.
   *
   * @throws AlluviumError what is wrong with the playlist, or the way to it
   * @throws the signal's reason when it aborts before that
   */
  static async open(
    options: TunerOptions,
    signal?: AbortSignal,
  ): Promise<Tuner> {
    const tuner = new Tuner(options);
    const first = await tuner.#source.refresh(signal);
    tuner.#noteTime(first);
    tuner.#programme = new Programme(first.playlist, {
      durationOf: (item) => tuner.#player?.durationOf(item),
    });
    tuner.#firstWaitMs = first.waitMs;
    tuner.#tellProblems();
    return tuner;
  }

  /**
   * Begins to play; once.
   *
   * @param makeFeed makes a mount and shows it to listeners
   */
  start(makeFeed: FeedMaker): void {
    this.#player = new StationPlayer(this.#programme, this.#nowMs, {
      feeds: new Feeds(makeFeed),
      open: (...place) => this.#open(...place),
      fromStart: this.#options.fromStart ?? false,
      onFailure: (airing, untilMs) => this.#tellFailure(airing, untilMs),
    });
    const loops = [this.#play(), this.#refresh()];
    this.#running = Promise.all(loops).then(
      () => {},
      (error) => {
        this.#options.log("error", `The station stopped: ${error}`);
      },
    );
  }

  /** The newest playlist. */
  get playlist(): Playlist {
    return this.#programme.playlist;
  }

  /** What is on, what comes next, what is wrong. */
  get status(): TunerStatus {
    const { title, link, items } = this.playlist;
    const next = this.#player.nextSlot;
    return {
      title,
      url: this.#source.url.href,
      ...(link === undefined ? {} : { link }),
      nowMs: this.#nowMs,
      onAir: this.#player.onAir,
      ...(next === undefined ? {} : { next }),
      rootsPublished: items.length > 0 &&
        items.every((item) => item.root !== undefined),
      gateways: this.#gateways,
      ...(this.#trouble ? { playlistTrouble: this.#trouble.describe() } : {}),
    };
  }

  /** Stops playing and gives every file back. The mounts' listeners stay connected to nothing. */
  async close(): Promise<void> {
    this.#end.abort();
    await this.#running;
    this.#player.close();
  }

  get #nowMs(): number {
    return this.#options.clock.now() + this.#options.offsetMs();
  }

  get #gateways(): string[] {
    return this.#options.gateways ?? this.playlist.gateways;
  }

  async #play(): Promise<void> {
    const { signal } = this.#end;
    while (!signal.aborted) {
      const nowMs = this.#nowMs;
      const untilMs = this.#player.poll(nowMs);
      await this.#wakeup.wait(untilMs - nowMs, signal);
    }
  }

  async #refresh(): Promise<void> {
    const { signal } = this.#end;
    try {
      await this.#options.clock.sleep(this.#firstWaitMs, signal);
      for await (const refresh of this.#source.watch(signal)) {
        this.#take(refresh);
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  #take(refresh: Refresh): void {
    this.#noteTime(refresh);
    this.#noteTrouble(refresh.error);
    if (!refresh.changed) return;
    this.#programme = this.#programme.succeed(refresh.playlist, this.#nowMs);
    this.#tellProblems();
    this.#player.handleProgramme(this.#programme, this.#nowMs);
    this.#wakeup.ring();
  }

  #noteTime({ serverTime }: Refresh): void {
    if (serverTime) this.#options.onTime?.(serverTime);
  }

  /** Says what is wrong within a playlist, unless it was so before. */
  #tellProblems(): void {
    const { url, problems } = this.playlist;
    // Without their lines, which move when items are added.
    const messages = problems.map(({ message }) => message).join("\n");
    if (messages === this.#problemsTold) return;
    this.#problemsTold = messages;
    for (const sentence of problemSentences(url, problems)) {
      this.#options.log("warn", sentence);
    }
  }

  /** Says what is wrong with the playlist once, and once that it is well again. */
  #noteTrouble(error: AlluviumError | undefined): void {
    const before = this.#trouble;
    this.#trouble = error;
    if (error && before?.message !== error.message) {
      this.#options.log(
        "warn",
        `${error.describe()}; the last good playlist stays`,
      );
    }
    if (before && !error) {
      this.#options.log("info", "The playlist can be read again");
    }
  }

  #open(slot: ItemSlot, fromMs: number, neededAtMs: number): Airing {
    return new Airing(slot, fromMs, neededAtMs, {
      opener: this.#options.opener,
      gateways: this.#gateways,
      station: this.#source.url.href,
      clock: this.#options.clock,
      offsetMs: this.#options.offsetMs,
      onChange: () => this.#wakeup.ring(),
      openTrack,
    });
  }

  #tellFailure(airing: Airing, untilMs: number): void {
    const { state, slot } = airing;
    if (!("error" in state)) return;
    const { url } = slot.item;
    const error = new AlluviumError(
      state.error.code,
      state.error.message.replaceAll(`${url}: `, ""),
      { ...state.error.place, url },
    );
    const until = Number.isFinite(untilMs)
      ? `until ${new Date(untilMs).toISOString().slice(11, 19)}Z`
      : "from here on";
    const meanwhile = state.kind === "waiting"
      ? "it is tried again, and heard from where it is by then"
      : `nothing of it ${until}`;
    this.#options.log("warn", `${error.describe()}; ${meanwhile}`);
  }
}
