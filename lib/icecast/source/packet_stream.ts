/**
 * Sources whose packets we know, frame by frame, so that listeners start on a
 * boundary, gaps are filled with silence and titles are ours to set. It outlives
 * the source: one that comes back goes on in the same stream. Pure.
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
import type { LiveStream } from "./live_stream.ts";

/** A packet, and the parameters where they are new. */
export interface LivePacket {
  packet: Packet;
  begins?: TrackInfo;
}

/** Bytes of one source in, packets out. */
export interface LiveParser {
  push(bytes: Uint8Array): LivePacket[];
  finish(): LivePacket[];
}

/** Reads MP3. */
export function mp3Parser(): LiveParser {
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

/** Reads AAC in ADTS. */
export function aacParser(): LiveParser {
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

/** Reads Ogg of one stream. */
export function oggParser(): LiveParser {
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

/** The stream of a type whose packets we know: they are written anew. */
export class PacketStream implements LiveStream {
  readonly #makeParser: () => LiveParser;
  #parser: LiveParser;
  #writer: MountWriter | undefined;
  #writers = 0;
  #info: TrackInfo | undefined;
  #garbageBytes = 0;

  /** @param makeParser called for each source */
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
