/**
 * The WebM mount: one header, then clusters on a running clock, whatever the
 * items. One logical stream without joints, so browsers play it on and on, where
 * they stop at the second link of a chained Ogg.
 *
 * A listener that comes late is sent the header, with the title of the moment,
 * and starts with a cluster; with pictures, one that begins with a key picture.
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
import { STILL_TIME, StillPicture } from "./film/still.ts";
import type { OggCodec, OggSilence } from "./ogg/codec.ts";
import { oggCodec } from "./ogg/codecs.ts";
import type { MountChunk, Packet, TrackInfo } from "./packet.ts";
import { fitsWebm, isSameKind, kindOf, type StreamKind } from "./pairing.ts";
import { areSame, isSameStream } from "./same_stream.ts";
import { ClusterWriter } from "./webm/clusters.ts";
import { webmHeader } from "./webm/header.ts";
import { SpareSamples } from "./webm/spare.ts";

/** Writes `/stream.webm`. */
export class WebmMountWriter implements MountWriter {
  readonly contentType: string;
  readonly extension = "webm";
  readonly #kind: StreamKind;
  readonly #codec: OggCodec;
  readonly #clusters: ClusterWriter;
  readonly #spare = new SpareSamples();
  #state: "closed" | "item" | "silence" = "closed";
  /** What fixed the mount: the first item, or silence. */
  #fixed: TrackInfo | undefined;
  #last: TrackInfo | undefined;
  #header: Uint8Array = new Uint8Array(0);
  #sentHeader = false;
  #title: string | undefined;
  #isChange = false;
  #silence: { source: OggSilence; packets: number } | undefined;
  #waitsForKey = true;
  readonly #still = new StillPicture();

  /**
   * An empty mount.
   *
   * @throws RangeError when WebM does not carry the kind
   */
  constructor(kind: StreamKind) {
    if (!fitsWebm(kind)) {
      throw new RangeError(
        `Cannot put ${kind.codec} and ${kind.video ?? "no pictures"} into WebM`,
      );
    }
    this.#kind = kind;
    this.contentType = kind.video === undefined ? "audio/webm" : "video/webm";
    this.#codec = oggCodec(kind.codec);
    const { sampleRate } = this.#codec.silence().info;
    this.#clusters = new ClusterWriter(sampleRate, kind.video !== undefined);
  }

  get heldMs(): number {
    return this.#clusters.heldMs;
  }

  accepts(info: TrackInfo): boolean {
    if (!isSameKind(kindOf(info), this.#kind)) return false;
    const first = this.#fixed;
    if (first === undefined) return true;
    if (info.sampleRate !== first.sampleRate) return false;
    if (info.channels !== first.channels) return false;
    // Vorbis is decoded by the tables of its setup; AV1 by those of its header.
    return info.codec !== "vorbis" ||
      areSame([info.headers[0]!, info.headers[2]!], [
        first.headers[0]!,
        first.headers[2]!,
      ]);
  }

  begin(info: TrackInfo, playing?: NowPlaying): MountChunk[] {
    if (!this.accepts(info)) {
      throw new RangeError(
        `Cannot begin an item of ${info.codec}, ${info.sampleRate} Hz, ` +
          `${info.channels} channels on this WebM mount`,
      );
    }
    const chunks = this.end();
    this.#isChange = this.#last !== undefined &&
      !isSameStream(info, this.#last);
    this.#fixed ??= info;
    this.#last = info;
    this.#silence = undefined;
    this.#state = "item";
    this.#waitsForKey = true;
    this.#still.forget();
    this.#clusters.setRate(info.sampleRate);
    // A segment of a longer recording is decoded on from the one before it.
    const isPart = (info.positionSamples ?? 0) > 0;
    this.#spare.begin(isPart ? 0 : info.preSkipSamples ?? 0);
    this.#tell(info, playing ?? tagsOf(info));
    return chunks;
  }

  write(packet: Packet): MountChunk[] {
    if (this.#state !== "item") {
      throw new RangeError("Cannot write a packet: no item was begun");
    }
    if (packet.picture !== undefined) return this.#picture(packet);
    if (packet.restart !== undefined) {
      this.#spare.begin(packet.restart.preSkipSamples ?? 0);
    }
    if (this.#spare.leavesOut(packet)) return [];
    return this.#sound(packet);
  }

  end(): MountChunk[] {
    this.#state = "closed";
    return this.#flush();
  }

  silence(durationMs: number, playing?: NowPlaying): MountChunk[] {
    if (!(durationMs >= 0 && durationMs <= SILENCE_MS_MAX)) {
      throw new RangeError(`Cannot make ${durationMs} ms of silence`);
    }
    const chunks = this.#beginSilence(playing ?? { title: "" });
    const silence = this.#silence!;
    const rate = silence.source.info.sampleRate;
    for (let madeMs = 0; madeMs < durationMs;) {
      const packet = silence.source.packet(silence.packets++);
      const packetMs = packet.durationSamples * 1000 / rate;
      chunks.push(...this.#showStill(packetMs), ...this.#sound(packet));
      madeMs += packetMs;
    }
    return chunks;
  }

  #beginSilence(playing: NowPlaying): MountChunk[] {
    if (this.#state === "silence") return [];
    const chunks = this.end();
    const source = this.#codec.silence(this.#last);
    this.#state = "silence";
    this.#silence = { source, packets: 0 };
    this.#still.begin();
    this.#isChange = false;
    this.#clusters.setRate(source.info.sampleRate);
    this.#tell(this.#last ?? source.info, playing);
    return chunks;
  }

  #tell(info: TrackInfo, playing: NowPlaying): void {
    this.#header = webmHeader(info, playing);
    this.#title = displayTitle(playing);
  }

  #sound({ data, durationSamples }: Packet): MountChunk[] {
    const chunks = this.#clusters.isFull ? this.#flush() : [];
    this.#clusters.addSound(data, durationSamples);
    return chunks;
  }

  #picture({ data, picture }: Packet): MountChunk[] {
    if (this.#kind.video === undefined) return [];
    if (this.#waitsForKey && !picture!.key) return [];
    this.#waitsForKey = false;
    if (picture!.key) this.#still.keep(data);
    const chunks = picture!.key ? this.#flush() : [];
    this.#clusters.addPicture(data, picture!);
    return chunks;
  }

  #showStill(packetMs: number): MountChunk[] {
    const still = this.#still.due(packetMs);
    if (still === undefined) return [];
    const chunks = this.#flush();
    this.#clusters.addPicture(still, STILL_TIME);
    return chunks;
  }

  #flush(): MountChunk[] {
    const chunks = this.#clusters.flush({
      header: this.#header,
      isChange: this.#isChange,
      ...(this.#title !== undefined && { title: this.#title }),
    });
    const [chunk] = chunks;
    if (chunk === undefined) return [];
    this.#title = undefined;
    this.#isChange = false;
    if (this.#sentHeader) return chunks;
    this.#sentHeader = true;
    chunk.data = joined(this.#header, chunk.data);
    if (chunk.header !== undefined) chunk.header = new Uint8Array(0);
    return chunks;
  }
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(a.length + b.length);
  bytes.set(a);
  bytes.set(b, a.length);
  return bytes;
}
