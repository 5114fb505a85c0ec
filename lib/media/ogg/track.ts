/**
 * An Ogg file as a track: packets of the first stream we know, link after link,
 * from any time on.
 *
 * After a start in the middle Opus sounds from the very sample asked for (what
 * lies before becomes pre-skip); Vorbis and FLAC from the packet that holds it.
 *
 * @module
 */
import { AlluviumError } from "../../errors.ts";
import type { OpenOptions } from "../open.ts";
import type { Packet, Track, TrackInfo } from "../packet.ts";
import { type PacketParser, packetStream } from "../packet_stream.ts";
import type { RandomAccess } from "../random_access.ts";
import { readOggHead } from "./head.ts";
import { LinkReader, type TimedPacket } from "./link_reader.ts";
import { locateOgg, type OggPlace } from "./locate.ts";
import { OggPageParser, type PlacedPage } from "./page_parser.ts";
import { StartFilter } from "./start_filter.ts";

/**
 * Opens an Ogg file at a time.
 *
 * @throws AlluviumError `media-rejected` when it holds no sound we know
 * @throws whatever the source throws
 */
export async function openOgg(
  source: RandomAccess,
  start: { offset: number },
  options: OpenOptions = {},
): Promise<Track> {
  const { startMs = 0, signal } = options;
  const head = await readOggHead(source, start.offset, signal);
  if (head === undefined) {
    throw new AlluviumError(
      "media-rejected",
      "Cannot play the file: it is Ogg without any Opus, Vorbis or FLAC sound",
    );
  }
  if (startMs === 0) {
    const parser = new OggParser(start.offset, new LinkReader());
    const { startGranule } = head;
    return {
      info: { ...head.link.info, positionSamples: startGranule },
      startMs: 0,
      packets: packetStream(source, start.offset, parser, signal),
    };
  }
  const place = await locateOgg(source, head, startMs, signal);
  return "endMs" in place
    ? endedTrack(head.link.info, Math.min(startMs, place.endMs))
    : await openAt(source, place, signal);
}

function endedTrack(info: TrackInfo, startMs: number): Track {
  const packets = new ReadableStream<Packet>({
    start: (controller) => controller.close(),
  });
  return { info, startMs, packets };
}

/** Reads up to the first packet that counts, which decides the pre-skip. */
async function openAt(
  source: RandomAccess,
  place: OggPlace,
  signal: AbortSignal | undefined,
): Promise<Track> {
  const { link, startGranule } = place.head;
  const filter = new StartFilter(link.codec, place.granule);
  const reader = new LinkReader(link);
  const parser = new OggParser(place.offset, reader, filter);
  const packets = packetStream(source, place.offset, parser, signal);
  const [first, rest] = await peek(packets);
  const begins = startGranule + (link.info.preSkipSamples ?? 0);
  const sounds = first === undefined ? place.granule : filter.soundsAt;
  return {
    info: { ...link.info, preSkipSamples: filter.preSkipSamples },
    startMs: place.linkStartMs +
      Math.max(0, sounds - begins) * 1000 / link.info.sampleRate,
    packets: rest,
  };
}

/** The first packet of a stream, and the stream with it still in front. */
async function peek(
  packets: ReadableStream<Packet>,
): Promise<[Packet | undefined, ReadableStream<Packet>]> {
  const reader = packets.getReader();
  const { value: first } = await reader.read();
  const whole = new ReadableStream<Packet>({
    start(controller) {
      if (first !== undefined) controller.enqueue(first);
    },
    async pull(controller) {
      const { done, value } = await reader.read();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    cancel: (reason) => reader.cancel(reason),
  }, { highWaterMark: 0 });
  return [first, whole];
}

/** Bytes to pages to packets. */
class OggParser implements PacketParser {
  /** Ogg has nothing to step over. */
  readonly skippable = 0;
  readonly #pages: OggPageParser;
  readonly #links: LinkReader;
  readonly #filter: StartFilter | undefined;

  constructor(offset: number, links: LinkReader, filter?: StartFilter) {
    this.#pages = new OggPageParser(offset);
    this.#links = links;
    this.#filter = filter;
  }

  skip(): void {}

  push(chunk: Uint8Array): Packet[] {
    return this.#packets(this.#pages.push(chunk));
  }

  finish(): Packet[] {
    return this.#packets(this.#pages.finish());
  }

  #packets(pages: PlacedPage[]): Packet[] {
    return pages.flatMap((page) => {
      const timed = this.#links.push(page);
      const kept = this.#filter?.pass(timed) ?? timed;
      return kept.map((x: TimedPacket) => x.packet);
    });
  }
}
