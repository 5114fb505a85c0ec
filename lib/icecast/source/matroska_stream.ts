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
import { peekBlock } from "../../media/webm/blocks.ts";
import { EbmlReader, type WholeElement } from "../../media/webm/ebml_reader.ts";
import { IDS } from "../../media/webm/ids.ts";
import {
  elementsOf,
  readNumber,
  readText,
  readVint,
} from "../../media/webm/read_ebml.ts";
import { EBML_TRACKS_MAX } from "../../limits.ts";
import { PassedOnStream } from "./live_stream.ts";
import { MatroskaClusters, type SourceBlock } from "./matroska_clusters.ts";
import { SERVER_NAME } from "../response_head.ts";

/** Values of TrackType. */
const VIDEO = 1;
const SOUND = 2;

/** Encoders choose it by chance: a source that comes back would have other tracks. */
const TRACK_UID = 0x73c5;

/** TagTrackUID and, around it, Targets: a tag of one track, by its old UID. */
const TAG_TRACK_UID = 0x63c5;
const TARGETS = 0x63c0;

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
  #hasVideo = false;
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

  #take(found: WholeElement): MountChunk[] {
    const { id, bytes, contents } = found;
    switch (id) {
      case IDS.document:
        this.#document = bytes;
        break;
      case IDS.info:
        this.#readInfo(contents);
        break;
      case IDS.tracks:
        this.#readTracks(contents);
        break;
      case IDS.tags:
        this.#tags = tagsOfAll(contents);
        break;
      case IDS.timestamp:
        this.#clusterTime = readNumber(contents);
        return [];
      case IDS.simpleBlock:
      case IDS.blockGroup:
        return this.#block(found);
      default:
        return [];
    }
    this.#header = undefined;
    return [];
  }

  #readInfo(contents: Uint8Array): void {
    this.#scaleNs = DEFAULT_SCALE_NS;
    for (const { id, contents: value } of elementsOf(contents)) {
      if (id === IDS.title) this.#title = readText(value);
      if (id !== IDS.timestampScale) continue;
      this.#scaleNs = readNumber(value) || DEFAULT_SCALE_NS;
    }
  }

  /** Numbers the tracks anew: the first sound 1, the first pictures 2, the rest above. */
  #readTracks(contents: Uint8Array): void {
    this.#byNumber.clear();
    this.#hasVideo = false;
    const taken = new Set<number>();
    const entries: Uint8Array[] = [];
    for (const { id, contents: entry } of elementsOf(contents)) {
      if (id !== IDS.trackEntry || entries.length >= EBML_TRACKS_MAX) continue;
      const fields = [...elementsOf(entry)];
      const value = (id: number) =>
        readNumber(fields.find((x) => x.id === id)?.contents ?? NOTHING);
      const isVideo = value(IDS.trackType) === VIDEO;
      const first = isVideo ? 2 : value(IDS.trackType) === SOUND ? 1 : 0;
      const isFirst = first > 0 && !taken.has(first);
      const number = isFirst ? first : 3 + entries.length;
      taken.add(number);
      this.#hasVideo ||= isVideo;
      this.#byNumber.set(value(IDS.trackNumber), { number, isVideo });
      entries.push(element(IDS.trackEntry, [
        numberElement(IDS.trackNumber, number),
        numberElement(TRACK_UID, number),
        ...fields.filter(({ id }) => id !== IDS.trackNumber && id !== TRACK_UID)
          .map(({ id, contents }) => element(id, contents)),
      ]));
    }
    this.#tracks = element(IDS.tracks, entries);
  }

  #block({ bytes, contents, id }: WholeElement): MountChunk[] {
    const isGroup = id === IDS.blockGroup;
    const inner = isGroup ? blockOf(contents) : contents;
    const head = inner && peekBlock(inner, false);
    const track = head && this.#byNumber.get(head.track);
    if (!track) return [];
    this.#garbageBytes = 0;
    const isKey = isGroup ? !refersBack(contents) : head.key;
    const block: SourceBlock = {
      ...renumbered(bytes, inner, track.number),
      timeMs: Math.round(
        (this.#clusterTime + head.ticks) * this.#scaleNs / 1e6,
      ),
      isStart: this.#hasVideo ? track.isVideo && isKey : true,
    };
    return this.#told(this.#clusters.add(block, this.#wholeHeader()));
  }

  /** What stands before a cluster: a document, an endless segment, its tracks. */
  #wholeHeader(): Uint8Array {
    return this.#header ??= concatBytes([
      this.#document,
      endlessElement(IDS.segment),
      element(IDS.info, [
        numberElement(IDS.timestampScale, DEFAULT_SCALE_NS),
        textElement(0x4d80, SERVER_NAME),
        textElement(0x5741, SERVER_NAME),
        ...(this.#title ? [textElement(IDS.title, this.#title)] : []),
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

/** Tags without those of single tracks: what encoders say of themselves. */
function tagsOfAll(contents: Uint8Array): Uint8Array {
  const ofTrack = (tag: Uint8Array) =>
    [...elementsOf(tag)].some(({ id, contents: targets }) =>
      id === TARGETS &&
      [...elementsOf(targets)].some(({ id }) => id === TAG_TRACK_UID)
    );
  const tags = [...elementsOf(contents)]
    .filter(({ id, contents }) => id === IDS.tag && !ofTrack(contents))
    .map(({ contents }) => element(IDS.tag, contents));
  return tags.length === 0 ? NOTHING : element(IDS.tags, tags);
}

function blockOf(group: Uint8Array): Uint8Array | undefined {
  for (const { id, contents } of elementsOf(group)) {
    if (id === IDS.block) return contents;
  }
  return undefined;
}

/** Whether a group's block cannot be decoded without others. */
function refersBack(group: Uint8Array): boolean {
  for (const { id } of elementsOf(group)) {
    if (id === IDS.referenceBlock) return true;
  }
  return false;
}

/** A copy with another track's number, in as many bytes as the old one took. */
function renumbered(
  bytes: Uint8Array,
  inner: Uint8Array,
  number: number,
): Pick<SourceBlock, "bytes" | "timeOffset"> {
  const copy = bytes.slice();
  const at = inner.byteOffset - bytes.byteOffset;
  const numberBytes = readVint(inner, 0)!.bytes;
  copy.fill(0, at, at + numberBytes);
  copy[at]! = 0x100 >> numberBytes;
  copy[at + numberBytes - 1]! |= number;
  return { bytes: copy, timeOffset: at + numberBytes };
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
