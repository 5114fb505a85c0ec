/**
 * The MP3 mount: frames one after the other, as they are. No header, no
 * container: a listener may start at any chunk.
 *
 * At a joint nothing is added: the frames of the next item follow. Only the
 * pre-roll of an item that starts in the middle is muted when something else
 * played before, because a decoder would take the other's bytes for its
 * reservoir and make a noise; on a fresh stream a decoder knows that they are
 * missing, and the frames go out unchanged.
 *
 * Leaves to others: dropping notes and spare silence (`mp3/track.ts`).
 *
 * @module
 */
import { SILENCE_MS_MAX } from "../limits.ts";
import { concatBytes } from "./bytes.ts";
import {
  displayTitle,
  type MountWriter,
  type NowPlaying,
  tagsOf,
} from "./mount_writer.ts";
import { parseMp3Header } from "./mp3/header.ts";
import { muteFrame, type SilenceFormat, silentFrame } from "./mp3/silence.ts";
import type { MountChunk, Packet, TrackInfo } from "./packet.ts";
import { SampleClock } from "./sample_clock.ts";

/** Play time after which a chunk is complete, in ms: six frames at 44.1 kHz. */
const CHUNK_MS = 150;

/** Silence before the first item: what most stations send. */
const DEFAULT_FORMAT: SilenceFormat = {
  sampleRate: 44100,
  channels: 2,
  bitrate: 128_000,
};

/** What is open. */
type State = "closed" | "item" | "silence";

const NOTHING = new Uint8Array(0);

/** Writes `/stream.mp3`. */
export class Mp3MountWriter implements MountWriter {
  readonly contentType = "audio/mpeg";
  readonly extension = "mp3";
  #state: State = "closed";
  #format: SilenceFormat = DEFAULT_FORMAT;
  /** Whether the first item has fixed the format. */
  #fixed = false;
  /** Whether anything has been sent. */
  #sent = false;
  /** Whether pre-roll of the open item follows something else. */
  #mutePreroll = false;
  #clock = new SampleClock(DEFAULT_FORMAT.sampleRate);
  #frames: Uint8Array[] = [];
  #samples = 0;
  #title: string | undefined;

  get heldMs(): number {
    return this.#samples * 1000 / this.#format.sampleRate;
  }

  accepts(info: TrackInfo): boolean {
    if (info.codec !== "mp3" || info.channels < 1 || info.channels > 2) {
      return false;
    }
    return !this.#fixed || (info.sampleRate === this.#format.sampleRate &&
      info.channels === this.#format.channels);
  }

  begin(info: TrackInfo, playing?: NowPlaying): MountChunk[] {
    if (!this.accepts(info)) {
      throw new RangeError(
        `Cannot begin an item of ${info.codec}, ${info.sampleRate} Hz, ` +
          `${info.channels} channels on this MP3 mount`,
      );
    }
    const chunks = this.end();
    this.#fix(info);
    this.#state = "item";
    this.#mutePreroll = this.#sent;
    this.#title = displayTitle(playing ?? tagsOf(info));
    return chunks;
  }

  write(packet: Packet): MountChunk[] {
    if (this.#state !== "item") {
      throw new RangeError("Cannot write a packet: no item was begun");
    }
    if (packet.picture !== undefined) return [];
    const mute = packet.preroll === true && this.#mutePreroll;
    return this.#add(
      mute ? muteFrame(packet.data) : packet.data,
      packet.durationSamples,
    );
  }

  end(): MountChunk[] {
    this.#state = "closed";
    return this.#flush();
  }

  silence(durationMs: number, playing?: NowPlaying): MountChunk[] {
    if (!(durationMs >= 0 && durationMs <= SILENCE_MS_MAX)) {
      throw new RangeError(`Cannot make ${durationMs} ms of silence`);
    }
    const chunks = this.#beginSilence(playing);
    const frame = silentFrame(this.#format);
    const samples = parseMp3Header(frame, 0)!.samples;
    const wanted = durationMs / 1000 * this.#format.sampleRate;
    for (let made = 0; made < wanted; made += samples) {
      chunks.push(...this.#add(frame, samples));
    }
    return chunks;
  }

  #beginSilence(playing: NowPlaying | undefined): MountChunk[] {
    if (this.#state === "silence") return [];
    const chunks = this.end();
    this.#state = "silence";
    this.#title = displayTitle(playing ?? { title: "" });
    return chunks;
  }

  #fix(info: TrackInfo): void {
    this.#fixed = true;
    this.#format = {
      sampleRate: info.sampleRate,
      channels: info.channels === 1 ? 1 : 2,
      bitrate: info.bitrate,
    };
    this.#clock.setRate(info.sampleRate);
  }

  #add(frame: Uint8Array, samples: number): MountChunk[] {
    this.#frames.push(frame);
    this.#samples += samples;
    return this.heldMs >= CHUNK_MS ? this.#flush() : [];
  }

  #flush(): MountChunk[] {
    if (this.#frames.length === 0) return [];
    const chunk: MountChunk = {
      data: concatBytes(this.#frames),
      durationMs: this.#clock.advance(this.#samples),
      header: NOTHING,
    };
    if (this.#title !== undefined) chunk.title = this.#title;
    this.#sent = true;
    this.#frames = [];
    this.#samples = 0;
    this.#title = undefined;
    return [chunk];
  }
}
