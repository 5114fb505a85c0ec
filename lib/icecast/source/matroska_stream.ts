/**
 * A Matroska or WebM source as a mount's chunks. Icecast keeps the bytes before
 * the first cluster and sends them to everyone who comes; so does this, without
 * what only a whole file has (an index, lengths), with the sound as track 1 and
 * the pictures as track 2, as a station's own mounts have them.
 *
 * A listener starts at a cluster; with pictures, at one that begins with a key
 * picture. No codec is looked into.
 *
 * @module
 */
import { concatBytes } from "../../media/bytes.ts";
import type { MountChunk } from "../../media/packet.ts";
import {
  element,
  endlessElement,
  numberElement,
  textElement,
} from "../../media/webm/ebml.ts";
import {
  childrenOf,
  EBML,
  type EbmlElement,
  EbmlReader,
  readNumber,
  readVint,
} from "../../media/webm/ebml_reader.ts";
import { PassedOnStream } from "./live_stream.ts";
import { MatroskaClusters, type SourceBlock } from "./matroska_clusters.ts";
import { SERVER_NAME } from "../response_head.ts";

/** Values of TrackType. */
const VIDEO = 1;
const SOUND = 2;

/** Times in a stream are counted in so many ns, where it does not say. */
const DEFAULT_SCALE_NS = 1_000_000;

/** A track of the source. */
interface Track {
  /** Its number on the mount. */
  number: number;
  isVideo: boolean;
}

const NOTHING = new Uint8Array(0);

/** The stream of `audio/webm`, `video/webm`, `video/x-matroska`. */
export class MatroskaStream extends PassedOnStream {
  readonly #clusters = new MatroskaClusters();
  #reader = new EbmlReader();
  #garbageBytes = 0;
  #document: Uint8Array = NOTHING;
  #tracks: Uint8Array = NOTHING;
  #tags: Uint8Array = NOTHING;
  #byNumber = new Map<number, Track>();
  #scaleNs = DEFAULT_SCALE_NS;
  #clusterTime = 0;
  #title: string | undefined;
  #header: Uint8Array | undefined;
  /** The tracks that listeners were told of. */
  #toldTracks: Uint8Array | undefined;

  get garbageBytes(): number {
    return this.#garbageBytes;
  }

  begin(): void {
    this.#reader = new EbmlReader();
    this.#garbageBytes = 0;
    this.#byNumber.clear();
    this.#clusters.cut();
  }

  push(bytes: Uint8Array): MountChunk[] {
    this.#garbageBytes += bytes.length;
    return this.#reader.push(bytes).flatMap((x) => this.#take(x));
  }

  override end(): MountChunk[] {
    return this.#told(this.#clusters.flush(this.#wholeHeader()));
  }

  override retitle(title: string): MountChunk[] {
    this.#title = title;
    this.#header = undefined;
    return [];
  }

  #take(found: EbmlElement): MountChunk[] {
    const { id, bytes, contents } = found;
    switch (id) {
      case EBML.document:
        this.#document = bytes;
        break;
      case EBML.info:
        this.#readInfo(contents);
        break;
      case EBML.tracks:
        this.#readTracks(contents);
        break;
      case EBML.tags:
        this.#tags = bytes;
        break;
      case EBML.timestamp:
        this.#clusterTime = readNumber(contents);
        return [];
      case EBML.simpleBlock:
      case EBML.blockGroup:
        return this.#block(found);
      default:
        return [];
    }
    this.#header = undefined;
    return [];
  }

  #readInfo(contents: Uint8Array): void {
    this.#scaleNs = DEFAULT_SCALE_NS;
    for (const { id, contents: value } of childrenOf(contents)) {
      if (id === EBML.timestampScale) {
        this.#scaleNs = readNumber(value) || DEFAULT_SCALE_NS;
      } else if (id === EBML.title) {
        this.#title = new TextDecoder().decode(value);
      }
    }
  }

  /** Numbers the tracks anew: the first sound 1, the first pictures 2, the rest from 3. */
  #readTracks(contents: Uint8Array): void {
    this.#byNumber.clear();
    const taken = new Set<number>();
    let next = 3;
    const entries = [...childrenOf(contents)].filter(({ id }) =>
      id === EBML.trackEntry
    ).map((entry) => {
      const fields = [...childrenOf(entry.contents)];
      const value = (id: number) =>
        readNumber(fields.find((x) => x.id === id)?.contents ?? NOTHING);
      const type = value(EBML.trackType);
      const wanted = type === SOUND ? 1 : type === VIDEO ? 2 : next;
      const number = taken.has(wanted) || wanted === next ? next++ : wanted;
      taken.add(number);
      const isVideo = type === VIDEO;
      this.#byNumber.set(value(EBML.trackNumber), { number, isVideo });
      return element(EBML.trackEntry, [
        numberElement(EBML.trackNumber, number),
        ...fields.filter(({ id }) => id !== EBML.trackNumber)
          .map(({ bytes }) => bytes),
      ]);
    });
    this.#tracks = element(EBML.tracks, entries);
  }

  #block({ bytes, contents, id }: EbmlElement): MountChunk[] {
    const inner = id === EBML.simpleBlock ? contents : blockOf(contents);
    if (inner === undefined) return [];
    const number = readVint(inner, 0);
    const track = number && this.#byNumber.get(number.value);
    if (!track || inner.length < number.bytes + 3) return [];
    this.#garbageBytes = 0;
    const isKey = id === EBML.simpleBlock
      ? (inner[number.bytes + 2]! & 0x80) !== 0
      : ![...childrenOf(contents)].some((x) => x.id === EBML.referenceBlock);
    const relative = new DataView(inner.buffer, inner.byteOffset)
      .getInt16(number.bytes);
    const hasVideo = [...this.#byNumber.values()].some((x) => x.isVideo);
    const block: SourceBlock = {
      ...renumbered(bytes, inner, number.bytes, track.number),
      timeMs: Math.round((this.#clusterTime + relative) * this.#scaleNs / 1e6),
      isStart: hasVideo ? track.isVideo && isKey : true,
    };
    return this.#told(this.#clusters.add(block, this.#wholeHeader()));
  }

  /** What stands before a cluster: a document, an endless segment, its tracks. */
  #wholeHeader(): Uint8Array {
    return this.#header ??= concatBytes([
      this.#document,
      endlessElement(EBML.segment),
      element(EBML.info, [
        numberElement(EBML.timestampScale, DEFAULT_SCALE_NS),
        textElement(0x4d80, SERVER_NAME),
        textElement(0x5741, SERVER_NAME),
        ...(this.#title ? [textElement(EBML.title, this.#title)] : []),
      ]),
      this.#tracks,
      this.#tags,
    ]);
  }

  /** The first cluster carries the header; so does the first of other tracks. */
  #told(chunks: MountChunk[]): MountChunk[] {
    const [chunk, ...rest] = chunks;
    if (chunk?.header === undefined) return chunks;
    const told = this.#toldTracks;
    if (told !== undefined && isSame(told, this.#tracks)) return chunks;
    this.#toldTracks = this.#tracks;
    const data = concatBytes([chunk.header, chunk.data]);
    return [{ ...chunk, data, header: NOTHING }, ...rest];
  }
}

function blockOf(group: Uint8Array): Uint8Array | undefined {
  for (const { id, contents } of childrenOf(group)) {
    if (id === EBML.block) return contents;
  }
  return undefined;
}

/** A copy with another track's number, in as many bytes as the old one took. */
function renumbered(
  bytes: Uint8Array,
  inner: Uint8Array,
  numberBytes: number,
  number: number,
): Pick<SourceBlock, "bytes" | "timeOffset"> {
  const copy = bytes.slice();
  const at = inner.byteOffset - bytes.byteOffset;
  copy.fill(0, at, at + numberBytes);
  copy[at]! = 0x100 >> numberBytes;
  copy[at + numberBytes - 1]! |= number;
  return { bytes: copy, timeOffset: at + numberBytes };
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
