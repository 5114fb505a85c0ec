/**
 * The Ogg mount: a chain of links, one per item, each sample-exact to its end
 * (RFC 3533, section 4; RFC 7845, 3 and 4). Silence is a link as well.
 *
 * Each link has its own serial, its title in its comments, and positions from 0.
 * A listener that comes late is sent the header pages of the link first.
 *
 * An item whose positions follow on from the item before, a segment of one live
 * show, is no joint: nothing is skipped in front of it again, and the link goes
 * on. What may go on is known by its file: it begins elsewhere than at 0, or does
 * not say that its stream is over. Such a link has no last page when the show is
 * over; the next one's first page ends it (RFC 3533, section 4).
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
import type { OggCodec, OggSilence } from "./ogg/codec.ts";
import { oggCodec } from "./ogg/codecs.ts";
import { LinkWriter } from "./ogg/link_writer.ts";
import type { Codec, MountChunk, Packet, TrackInfo } from "./packet.ts";
import { SampleClock } from "./sample_clock.ts";
import { areSame } from "./same_stream.ts";

/** Nothing is open. */
interface Closed {
  kind: "closed";
}

/** An item's link. */
interface Item {
  kind: "item";
  link: LinkWriter;
  playing: NowPlaying;
  info: TrackInfo;
}

/** The link of a segment that may go on with the next one. */
interface Paused {
  kind: "paused";
  link: LinkWriter;
}

/** A link of silence, `packets` long so far. */
interface Silence {
  kind: "silence";
  link: LinkWriter;
  source: OggSilence;
  packets: number;
}

/** Writes `/stream.ogg` with one codec. */
export class OggMountWriter implements MountWriter {
  readonly contentType = "audio/ogg";
  readonly extension = "ogg";
  readonly #codec: OggCodec;
  readonly #clock: SampleClock;
  #state: Closed | Item | Paused | Silence = { kind: "closed" };
  /** Parameters of the first item: what the later ones must match. */
  #first: TrackInfo | undefined;
  /** Parameters of the last item: silence sounds like it. */
  #last: TrackInfo | undefined;
  #serial: number;
  /** Where the item ends by its file's own positions; undefined when that is not known. */
  #position: number | undefined;

  /**
   * An empty mount.
   *
   * @param codec opus, vorbis or flac
   * @param firstSerial serial of the first link; the others count on from it
   * @throws RangeError when the codec does not go into Ogg
   */
  constructor(codec: Codec, firstSerial = 1) {
    this.#codec = oggCodec(codec);
    this.#serial = firstSerial;
    this.#clock = new SampleClock(this.#codec.silence().info.sampleRate);
  }

  get heldMs(): number {
    return this.#state.kind === "closed" ? 0 : this.#state.link.heldMs;
  }

  accepts(info: TrackInfo): boolean {
    if (info.codec !== this.#codec.codec) return false;
    return this.#first === undefined ||
      (info.sampleRate === this.#first.sampleRate &&
        info.channels === this.#first.channels);
  }

  begin(info: TrackInfo, playing?: NowPlaying): MountChunk[] {
    if (!this.accepts(info)) {
      throw new RangeError(
        `Cannot begin an item of ${info.codec}, ${info.sampleRate} Hz, ` +
          `${info.channels} channels on this Ogg ${this.#codec.codec} mount`,
      );
    }
    const chunks = this.end();
    const follows = this.#follows(info);
    this.#first ??= info;
    this.#last = info;
    this.#position = info.positionSamples ?? 0;
    const on = playing ?? tagsOf(info);
    const link = follows && this.#state.kind === "paused"
      ? this.#state.link
      : this.#openLink(follows ? { ...info, preSkipSamples: 0 } : info, on);
    this.#state = { kind: "item", link, playing: on, info };
    return chunks;
  }

  /** Whether an item goes on where the one before it ended. */
  #follows(info: TrackInfo): boolean {
    // All headers but the comments.
    const setup = (x: TrackInfo) => x.headers.filter((_, i) => i !== 1);
    const { positionSamples = 0 } = info;
    return positionSamples > 0 && this.#last !== undefined &&
      positionSamples === this.#position &&
      areSame(setup(info), setup(this.#last));
  }

  write(packet: Packet): MountChunk[] {
    if (this.#state.kind !== "item") {
      throw new RangeError("Cannot write a packet: no item was begun");
    }
    if (packet.picture !== undefined) return [];
    const chunks = packet.restart === undefined
      ? []
      : this.begin(packet.restart, this.#state.playing);
    const { durationSamples, trimEndSamples = 0 } = packet;
    if (this.#position !== undefined) {
      this.#position += durationSamples - trimEndSamples;
    }
    // Behind a cut inside a packet nothing can go on.
    if (packet.restart || trimEndSamples > 0) this.#position = undefined;
    // A file that is whole in itself: it began at 0, and its stream is over.
    const { positionSamples } = this.#state.info;
    if (packet.closes && !positionSamples) this.#position = undefined;
    return [...chunks, ...this.#state.link.write(packet)];
  }

  end(): MountChunk[] {
    const state = this.#state;
    if (state.kind === "closed" || state.kind === "paused") return [];
    const mayGoOn = state.kind === "item" && this.#position !== undefined &&
      state.info.positionSamples !== undefined;
    this.#state = mayGoOn
      ? { kind: "paused", link: state.link }
      : { kind: "closed" };
    return mayGoOn ? state.link.pause() : state.link.end();
  }

  silence(durationMs: number, playing?: NowPlaying): MountChunk[] {
    if (!(durationMs >= 0 && durationMs <= SILENCE_MS_MAX)) {
      throw new RangeError(`Cannot make ${durationMs} ms of silence`);
    }
    const chunks = this.#state.kind === "silence"
      ? []
      : this.#beginSilence(playing ?? { title: "" });
    const state = this.#state as Silence;
    const rate = state.source.info.sampleRate;
    for (let made = 0; made < durationMs / 1000 * rate;) {
      const packet = state.source.packet(state.packets++);
      made += packet.durationSamples;
      chunks.push(...state.link.write(packet));
    }
    return chunks;
  }

  #beginSilence(playing: NowPlaying): MountChunk[] {
    const chunks = this.end();
    this.#position = undefined;
    const source = this.#codec.silence(this.#last);
    const link = this.#openLink(source.info, playing);
    this.#state = { kind: "silence", link, source, packets: 0 };
    return chunks;
  }

  #openLink(info: TrackInfo, playing: NowPlaying): LinkWriter {
    this.#clock.setRate(info.sampleRate);
    const serial = this.#serial;
    this.#serial = (serial + 1) >>> 0;
    return new LinkWriter({
      codec: this.#codec,
      info,
      playing,
      serial,
      title: displayTitle(playing),
    }, this.#clock);
  }
}
