/**
 * Frames of AAC or MP3 with their times, from PES packets that may hold any part
 * of them: a time belongs to the first frame that begins in its packet
 * (ISO 13818-1, 2.4.3.7). Pure.
 *
 * @module
 */
import { AAC_SAMPLES, writeAacConfig } from "../adts/header.ts";
import { AdtsFramer } from "../adts/framer.ts";
import { describeSound, type Sound } from "../film/sound.ts";
import { Mp3Framer } from "../mp3/framer.ts";

/** A frame as a decoder takes it. */
export interface CutFrame {
  data: Uint8Array;
  /** By the file's own clock. */
  atMs: number;
  /** What a stream of such frames is; `undefined` for one that no mount takes. */
  describe(): Sound | undefined;
}

/** A frame as either framer finds it. */
interface Found {
  data: Uint8Array;
  offset: number;
  ms: number;
  describe(): Sound | undefined;
}

/** Cuts one stream. */
export class FrameCutter {
  readonly #framer: { push(x: Uint8Array): Found[]; finish(): Found[] };
  #pushed = 0;
  #times: { offset: number; ms: number }[] = [];
  #nextMs: number | undefined;

  constructor(codec: "aac" | "mp3") {
    this.#framer = codec === "aac" ? adts() : mpegAudio();
  }

  /** The frames that some more bytes complete; none before the first time. */
  push(data: Uint8Array, atMs: number | undefined): CutFrame[] {
    if (atMs !== undefined) {
      this.#times.push({ offset: this.#pushed, ms: atMs });
    }
    this.#pushed += data.length;
    return this.#timed(this.#framer.push(data));
  }

  /** The last frames. */
  finish(): CutFrame[] {
    return this.#timed(this.#framer.finish());
  }

  #timed(found: Found[]): CutFrame[] {
    const frames: CutFrame[] = [];
    for (const { data, offset, ms, describe } of found) {
      while (this.#times[0] && this.#times[0].offset <= offset) {
        this.#nextMs = this.#times.shift()!.ms;
      }
      if (this.#nextMs === undefined) continue;
      frames.push({ data, atMs: this.#nextMs, describe });
      this.#nextMs += ms;
    }
    return frames;
  }
}

function adts() {
  const framer = new AdtsFramer(0);
  const found = (frames: ReturnType<AdtsFramer["push"]>): Found[] =>
    frames.map(({ data, offset, header }) => ({
      data,
      offset,
      ms: AAC_SAMPLES * 1000 / header.sampleRate,
      describe: () =>
        describeSound("aac", {
          description: writeAacConfig(header),
          first: data,
        }),
    }));
  return {
    push: (bytes: Uint8Array) => found(framer.push(bytes)),
    finish: () => found(framer.finish()),
  };
}

function mpegAudio() {
  const framer = new Mp3Framer();
  const found = (frames: ReturnType<Mp3Framer["push"]>): Found[] =>
    frames.map(({ data, offset, header }) => ({
      data,
      offset,
      ms: header.samples * 1000 / header.sampleRate,
      describe: () =>
        describeSound("mp3", { description: undefined, first: data }),
    }));
  return {
    push(bytes: Uint8Array) {
      return found(framer.push(bytes));
    },
    finish: () => found(framer.finish()),
  };
}
