/**
 * A live source's bytes as a mount's chunks: frames and packets by lib/media, so
 * that listeners start on a boundary and with headers; other media types as
 * blocks of what came. It outlives the source: one that comes back goes on in
 * the same stream. Pure.
 *
 * @module
 */
import { AdtsFramer } from "../../media/adts/framer.ts";
import {
  AAC_SAMPLES,
  channelsOf,
  writeAacConfig,
} from "../../media/adts/header.ts";
import { OggMountWriter } from "../../media/ogg_mount.ts";
import { OggPageParser } from "../../media/ogg/page_parser.ts";
import { LinkReader } from "../../media/ogg/link_reader.ts";
import { createMountWriter } from "../../media/mount.ts";
import type { MountWriter } from "../../media/mount_writer.ts";
import { Mp3Framer } from "../../media/mp3/framer.ts";
import type { MountChunk, Packet, TrackInfo } from "../../media/packet.ts";

/** One stream made of sources that come and go. */
export interface LiveStream {
  /** What the newest sound is; undefined for types that are not looked into. */
  readonly info: TrackInfo | undefined;
  /** Bytes since the last packet; 0 for types that are not looked into. */
  readonly garbageBytes: number;
  /** A source begins; what the one before left open is thrown away. */
  begin(): void;
  /**
   * The chunks that are complete with some more bytes.
   *
   * @param bytes kept in part; must not change
   * @param nowMs monotonic; the play time of types that are not looked into
   */
  push(bytes: Uint8Array, nowMs: number): MountChunk[];
  /** The source has ended: what was held back. */
  end(): MountChunk[];
  /**
   * What is on from here, where the container itself carries it (Ogg: a link of
   * its own); nothing elsewhere.
   */
  retitle(title: string): MountChunk[];
  /** At least so much silence, in ms; nothing for types that are not looked into. */
  silence(durationMs: number): MountChunk[];
}

/** The stream of a media type, without parameters. */
export function createLiveStream(contentType: string): LiveStream {
  if (/^audio\/(mpeg|mp3)$/.test(contentType)) {
    return new PacketStream(mp3Parser);
  }
  if (/^(audio|application)\/(x-)?ogg$/.test(contentType)) {
    return new PacketStream(oggParser);
  }
  if (/^audio\/(x-)?(aac|aacp)$/.test(contentType)) {
    return new PacketStream(aacParser);
  }
  return new BlockStream();
}

/** A packet, and the parameters where they are new. */
interface LivePacket {
  packet: Packet;
  begins?: TrackInfo;
}

/** Bytes of one source in, packets out. */
interface LiveParser {
  push(bytes: Uint8Array): LivePacket[];
  finish(): LivePacket[];
}

function mp3Parser(): LiveParser {
  const framer = new Mp3Framer();
  let known: string | undefined;
  const packets = (frames: ReturnType<Mp3Framer["push"]>): LivePacket[] =>
    frames.map(({ header, data }) => {
      const { sampleRate, channels, bitrate, samples } = header;
      const packet = { data, durationSamples: samples };
      const key = `${sampleRate} ${channels}`;
      if (key === known) return { packet };
      known = key;
      const info = { codec: "mp3" as const, sampleRate, channels, bitrate };
      return { packet, begins: { ...info, headers: [] } };
    });
  return {
    push: (bytes) => packets(framer.push(bytes)),
    finish: () => packets(framer.finish()),
  };
}

function aacParser(): LiveParser {
  const framer = new AdtsFramer(0);
  let known: string | undefined;
  const packets = (frames: ReturnType<AdtsFramer["push"]>): LivePacket[] =>
    frames.map(({ header, data }) => {
      const { objectType, sampleRate, channelConfig } = header;
      const packet = { data, durationSamples: AAC_SAMPLES };
      const key = `${objectType} ${sampleRate} ${channelConfig}`;
      if (key === known) return { packet };
      known = key;
      const begins = {
        codec: "aac" as const,
        sampleRate,
        channels: channelsOf(channelConfig),
        bitrate: 0,
        headers: [writeAacConfig({ objectType, sampleRate, channelConfig })],
      };
      return { packet, begins };
    });
  return {
    push: (bytes) => packets(framer.push(bytes)),
    finish: () => packets(framer.finish()),
  };
}

function oggParser(): LiveParser {
  const pages = new OggPageParser();
  const links = new LinkReader();
  let isFirst = true;
  const packets = (found: ReturnType<OggPageParser["push"]>): LivePacket[] =>
    found.flatMap((page) => links.push(page)).map(({ packet }) => {
      const { restart, ...plain } = packet;
      const begins = restart ?? (isFirst ? links.link?.info : undefined);
      isFirst = false;
      return { packet: plain, ...(begins && { begins }) };
    });
  return {
    push: (bytes) => packets(pages.push(bytes)),
    finish: () => packets(pages.finish()),
  };
}

/** Serials of a second writer's links; the first one's count from 1. */
const SERIAL_STEP = 0x0100_0000;

class PacketStream implements LiveStream {
  readonly #makeParser: () => LiveParser;
  #parser: LiveParser;
  #writer: MountWriter | undefined;
  #writers = 0;
  #info: TrackInfo | undefined;
  #garbageBytes = 0;

  constructor(makeParser: () => LiveParser) {
    this.#makeParser = makeParser;
    this.#parser = makeParser();
  }

  get info(): TrackInfo | undefined {
    return this.#info;
  }

  get garbageBytes(): number {
    return this.#garbageBytes;
  }

  begin(): void {
    this.#parser = this.#makeParser();
    this.#garbageBytes = 0;
  }

  push(bytes: Uint8Array): MountChunk[] {
    const packets = this.#parser.push(bytes);
    this.#garbageBytes = packets.length > 0
      ? 0
      : this.#garbageBytes + bytes.length;
    return this.#write(packets);
  }

  end(): MountChunk[] {
    const chunks = this.#write(this.#parser.finish());
    return [...chunks, ...this.#writer?.end() ?? []];
  }

  silence(durationMs: number): MountChunk[] {
    return this.#untitled(this.#writer?.silence(durationMs) ?? []);
  }

  retitle(title: string): MountChunk[] {
    const info = this.#info;
    if (info === undefined || !isInOgg(info)) return [];
    // The new link begins in the middle of the sound: nothing is to be skipped.
    return this.#writer?.begin({ ...info, preSkipSamples: 0 }, { title }) ?? [];
  }

  #write(packets: LivePacket[]): MountChunk[] {
    return packets.flatMap(({ packet, begins }) => {
      const before = begins === undefined ? [] : this.#begin(begins);
      return [...before, ...this.#untitled(this.#writer?.write(packet) ?? [])];
    });
  }

  /** New parameters that the writer does not take are a new writer's. */
  #begin(info: TrackInfo): MountChunk[] {
    const old = this.#writer;
    const chunks: MountChunk[] = [];
    if (old === undefined || !old.accepts(info)) {
      chunks.push(...old?.end() ?? []);
      this.#writer = isInOgg(info)
        ? new OggMountWriter(info.codec, 1 + this.#writers++ * SERIAL_STEP)
        : createMountWriter(info.codec);
    }
    this.#info = info;
    chunks.push(...this.#writer?.begin(info) ?? []);
    return this.#untitled(chunks);
  }

  /** A title that says nothing leaves the one the source was given otherwise. */
  #untitled(chunks: MountChunk[]): MountChunk[] {
    return chunks.map((chunk) => {
      if (chunk.title !== "") return chunk;
      const { title: _none, ...rest } = chunk;
      return rest;
    });
  }
}

/** Whether a sound travels in Ogg, where each link carries its own title. */
function isInOgg({ codec }: TrackInfo): boolean {
  return codec !== "mp3" && codec !== "aac";
}

const NOTHING = new Uint8Array(0);

class BlockStream implements LiveStream {
  readonly info = undefined;
  readonly garbageBytes = 0;
  #lastMs: number | undefined;

  begin(): void {
    this.#lastMs = undefined;
  }

  push(bytes: Uint8Array, nowMs: number): MountChunk[] {
    const durationMs = nowMs - (this.#lastMs ?? nowMs);
    this.#lastMs = nowMs;
    return [{ data: bytes, durationMs, header: NOTHING }];
  }

  end(): MountChunk[] {
    return [];
  }

  retitle(): MountChunk[] {
    return [];
  }

  silence(): MountChunk[] {
    return [];
  }
}
