/**
 * The MPEG-TS mount: sound, pictures and titles of one item after the other on
 * running timestamps, so that a joint is none for a player. Every chunk that a
 * listener may start with begins with the tables; with pictures these are the
 * chunks that begin with a key picture.
 *
 * In a gap the sound is silent and the last key picture is shown again each
 * second, because players stop at a hole in the pictures.
 *
 * @module
 */
import { SILENCE_MS_MAX } from "../limits.ts";
import {
  displayTitle,
  type MountWriter,
  type NowPlaying,
  tagsOf,
} from "./mount_writer.ts";
import type { MountChunk, Packet, PictureTime, TrackInfo } from "./packet.ts";
import {
  fitsCmaf,
  fitsTs,
  isSameKind,
  kindOf,
  type StreamKind,
} from "./pairing.ts";
import { isSameStream } from "./same_stream.ts";
import { STILL_TIME, StillPicture } from "./film/still.ts";
import { PlainSound } from "./plain_sound.ts";
import { TsAssembler } from "./ts/assembler.ts";

/** Writes `/stream.ts`. */
export class TsMountWriter implements MountWriter {
  readonly contentType = "video/mp2t";
  readonly extension = "ts";
  readonly hls: "also" | "only" | undefined;
  readonly #kind: StreamKind;
  readonly #sound: PlainSound;
  readonly #out: TsAssembler;
  #state: "closed" | "item" | "silence" = "closed";
  #last: TrackInfo | undefined;
  #fixed = false;
  #waitsForKey = true;
  readonly #still = new StillPicture();

  /**
   * An empty mount.
   *
   * @throws RangeError when MPEG-TS does not carry the kind
   */
  constructor(kind: StreamKind) {
    if (!fitsTs(kind)) {
      throw new RangeError(
        `Cannot put ${kind.codec} and ${
          kind.video ?? "no pictures"
        } into MPEG-TS`,
      );
    }
    this.#kind = kind;
    // Of sound alone every player takes something better; HEVC is wanted as CMAF.
    if (kind.video === undefined) this.hls = "only";
    else if (kind.video === "h264" || !fitsCmaf(kind)) this.hls = "also";
    this.#sound = new PlainSound(kind.codec as "aac" | "mp3");
    this.#out = new TsAssembler(kind, this.#sound.sampleRate);
  }

  get heldMs(): number {
    return this.#out.heldMs;
  }

  accepts(info: TrackInfo): boolean {
    if (!isSameKind(kindOf(info), this.#kind)) return false;
    return this.#sound.accepts(info, this.#fixed);
  }

  begin(info: TrackInfo, playing?: NowPlaying): MountChunk[] {
    if (!this.accepts(info)) {
      throw new RangeError(
        `Cannot begin an item of ${info.codec}, ${info.sampleRate} Hz on this MPEG-TS mount`,
      );
    }
    const chunks = this.end();
    const isChange = this.#last !== undefined &&
      !isSameStream(info, this.#last);
    this.#fixed = true;
    this.#last = info;
    this.#sound.begin(info);
    this.#out.setRate(info.sampleRate);
    this.#state = "item";
    this.#waitsForKey = true;
    this.#still.forget();
    this.#tell(playing ?? tagsOf(info), isChange);
    return chunks;
  }

  write(packet: Packet): MountChunk[] {
    if (this.#state !== "item") {
      throw new RangeError("Cannot write a packet: no item was begun");
    }
    if (packet.picture !== undefined) {
      return this.#picture(packet.data, packet.picture);
    }
    const frame = this.#sound.frame(packet.data);
    return this.#out.addSound(frame, packet.durationSamples);
  }

  end(): MountChunk[] {
    this.#state = "closed";
    return this.#out.flush();
  }

  silence(durationMs: number, playing?: NowPlaying): MountChunk[] {
    if (!(durationMs >= 0 && durationMs <= SILENCE_MS_MAX)) {
      throw new RangeError(`Cannot make ${durationMs} ms of silence`);
    }
    const chunks = this.#beginSilence(playing);
    const { frame, samples } = this.#sound.silence();
    const frameMs = samples * 1000 / this.#sound.sampleRate;
    for (let madeMs = 0; madeMs < durationMs; madeMs += frameMs) {
      chunks.push(...this.#showStill(frameMs));
      chunks.push(...this.#out.addSound(frame, samples));
    }
    return chunks;
  }

  #beginSilence(playing: NowPlaying | undefined): MountChunk[] {
    if (this.#state === "silence") return [];
    const chunks = this.end();
    this.#state = "silence";
    this.#still.begin();
    this.#tell(playing ?? { title: "" }, false);
    return chunks;
  }

  #tell(playing: NowPlaying, isChange: boolean): void {
    this.#out.tell(playing, displayTitle(playing), isChange);
  }

  #picture(data: Uint8Array, time: PictureTime): MountChunk[] {
    if (this.#kind.video === undefined) return [];
    if (this.#waitsForKey && !time.key) return [];
    this.#waitsForKey = false;
    if (time.key) this.#still.keep(data);
    return this.#out.addPicture(data, time, this.#last?.video?.headers ?? []);
  }

  #showStill(frameMs: number): MountChunk[] {
    const still = this.#still.due(frameMs);
    if (still === undefined) return [];
    const headers = this.#last?.video?.headers ?? [];
    return this.#out.addPicture(still, STILL_TIME, headers);
  }
}
