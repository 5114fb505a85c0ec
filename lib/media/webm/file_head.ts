/**
 * What stands in front of the clusters of a Matroska or WebM file: its scale, its
 * length, its tracks, its title, and where its index is (RFC 9559). Element by
 * element; large ones that tell nothing (pictures, fonts) are stepped over.
 *
 * @module
 */
import { AlluviumError } from "../../errors.ts";
import { MEDIA_INDEX_BYTES_MAX } from "../../limits.ts";
import type { RandomAccess } from "../random_access.ts";
import { cleanText } from "../tags/id3.ts";
import { ENTERED, IDS } from "./ids.ts";
import {
  elementsOf,
  HEAD_BYTES_MAX,
  readFloat,
  readHead,
  readNumber,
  readText,
} from "./read_ebml.ts";
import { type FileTrack, hasSound, readTracks } from "./tracks.ts";

/** Elements walked through before the first cluster; files have about ten. */
const ELEMENTS_MAX = 64;

/** What is known before the first cluster. */
export interface FileHead {
  /** Where the segment's contents begin: positions count from there. */
  segmentStart: number;
  /** Where the first cluster begins. */
  clusterStart: number;
  /** Length of a tick in ms. */
  tickMs: number;
  /** How long the file says it plays, in ms. */
  durationMs?: number;
  /** Tracks that a mount may take. */
  tracks: FileTrack[];
  /** Whether there is sound, of whatever kind. */
  hasSound: boolean;
  /** Where the index begins, if there is one. */
  cuesAt?: number;
  title?: string;
  creator?: string;
}

/**
 * Reads it.
 *
 * @throws AlluviumError `media-rejected` when there is no cluster or no track in it
 * @throws whatever the source throws
 */
export async function readFileHead(
  source: RandomAccess,
  signal?: AbortSignal,
): Promise<FileHead> {
  const head: FileHead = {
    segmentStart: 0,
    clusterStart: -1,
    tickMs: 1,
    tracks: [],
    hasSound: false,
  };
  let at = 0;
  for (let i = 0; i < ELEMENTS_MAX && at < source.size; i++) {
    const found = await headAt(source, at, signal);
    if (found === undefined) break;
    const { id, from, length } = found;
    if (id === IDS.cluster) {
      head.clusterStart = at;
      break;
    }
    if (ENTERED.has(id)) {
      head.segmentStart = from;
      at = from;
      continue;
    }
    if (id === IDS.cues) head.cuesAt = at;
    if (READ.has(id)) {
      take(id, await contentsAt(source, from, length, signal), head);
    }
    at = from + length;
  }
  if (head.clusterStart < 0) reject("it has no clusters");
  return head;
}

/** Elements that are read here. */
const READ: ReadonlySet<number> = new Set([
  IDS.seekHead,
  IDS.info,
  IDS.tracks,
  IDS.tags,
]);

/** An element of the file; one without an end counts as empty. */
export async function headAt(
  source: RandomAccess,
  at: number,
  signal: AbortSignal | undefined,
): Promise<{ id: number; from: number; length: number } | undefined> {
  if (at < 0 || at >= source.size) return undefined;
  const bytes = await source.read(at, HEAD_BYTES_MAX, signal);
  const head = readHead(bytes, 0);
  if (head === undefined || head === "short") return undefined;
  return { id: head.id, from: at + head.headBytes, length: head.length ?? 0 };
}

/**
 * The contents of an element, as far as the file goes.
 *
 * @throws AlluviumError `media-rejected` beyond MEDIA_INDEX_BYTES_MAX
 */
export async function contentsAt(
  source: RandomAccess,
  from: number,
  length: number,
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  const left = Math.min(length, Math.max(0, source.size - from));
  if (left > MEDIA_INDEX_BYTES_MAX) {
    reject(`a part of its index has more than ${MEDIA_INDEX_BYTES_MAX} bytes`);
  }
  return left === 0 ? new Uint8Array(0) : await source.read(from, left, signal);
}

function reject(why: string): never {
  throw new AlluviumError(
    "media-rejected",
    `Cannot play the file: it is Matroska or WebM, and ${why}`,
  );
}

function take(id: number, contents: Uint8Array, head: FileHead): void {
  if (id === IDS.seekHead) takeSeeks(contents, head);
  if (id === IDS.info) takeInfo(contents, head);
  if (id === IDS.tracks) {
    head.tracks = readTracks(contents);
    head.hasSound = hasSound(contents);
  }
  if (id === IDS.tags) takeTags(contents, head);
}

function takeSeeks(contents: Uint8Array, head: FileHead): void {
  for (const { id, contents: seek } of elementsOf(contents)) {
    if (id !== IDS.seek) continue;
    let target = 0;
    let position: number | undefined;
    for (const { id, contents: value } of elementsOf(seek)) {
      if (id === IDS.seekId) target = readNumber(value);
      if (id === IDS.seekPosition) position = readNumber(value);
    }
    if (target === IDS.cues && position !== undefined) {
      head.cuesAt = head.segmentStart + position;
    }
  }
}

function takeInfo(contents: Uint8Array, head: FileHead): void {
  let ticks = 0;
  for (const { id, contents: value } of elementsOf(contents)) {
    if (id === IDS.timestampScale) {
      head.tickMs = (readNumber(value) || 1e6) / 1e6;
    }
    if (id === IDS.duration) ticks = readFloat(value);
    if (id === IDS.title) takeText(head, "title", value);
  }
  const ms = ticks * head.tickMs;
  if (ms > 0 && Number.isFinite(ms)) head.durationMs = ms;
}

/** Title and performer, of the whole file or of a track. */
function takeTags(contents: Uint8Array, head: FileHead): void {
  for (const { id, contents: tag } of elementsOf(contents)) {
    if (id !== IDS.tag) continue;
    for (const { id, contents: simple } of elementsOf(tag)) {
      if (id !== IDS.simpleTag) continue;
      const parts = [...elementsOf(simple)];
      const name = parts.find((x) => x.id === IDS.tagName)?.contents;
      const text = parts.find((x) => x.id === IDS.tagText)?.contents;
      if (name === undefined || text === undefined) continue;
      const key = readText(name).toUpperCase();
      if (key === "TITLE") takeText(head, "title", text);
      if (key === "ARTIST") takeText(head, "creator", text);
    }
  }
}

function takeText(
  head: FileHead,
  key: "title" | "creator",
  value: Uint8Array,
): void {
  const text = cleanText(readText(value.subarray(0, 4096)));
  if (text !== "" && head[key] === undefined) head[key] = text;
}
