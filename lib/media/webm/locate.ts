/**
 * Where a time stands in a Matroska or WebM file: by its index where it has one
 * (RFC 9559, 5.1.5), to the block; else by the clusters' own times, a few of which
 * are looked at.
 *
 * @module
 */
import type { RandomAccess } from "../random_access.ts";
import { readBlock } from "../packet_stream.ts";
import { concatBytes } from "../bytes.ts";
import { clusterAt } from "./block_reader.ts";
import { contentsAt, type FileHead, headAt } from "./file_head.ts";
import { IDS } from "./ids.ts";
import { elementsOf, HEAD_BYTES_MAX, readNumber } from "./read_ebml.ts";

/** Where blocks are read from. */
export interface BlockPlace {
  /** Offset of an element of a segment or of a cluster. */
  offset: number;
  /** Time of the cluster it lies in; 0 where the cluster begins there. */
  clusterTicks: number;
}

/** A cluster's offset and time. */
interface ClusterTime {
  offset: number;
  ticks: number;
}

/** Bytes looked through for the next cluster: those of ffmpeg have 5 MB. */
const SEARCH_BYTES_MAX = 8 * 1024 * 1024;
/** Clusters looked at without an index. */
const STEPS_MAX = 12;
/** A cluster this near before the time is near enough, in ms: about its length. */
const NEAR_MS = 3000;
/** Elements of a cluster in front of its time. */
const ELEMENTS_MAX = 4;

/**
 * Where to read from to find everything from a time on.
 *
 * @param originMs what the file calls its beginning
 * @param wantedMs by the same clock
 */
export async function locateMatroska(
  source: RandomAccess,
  head: FileHead,
  originMs: number,
  wantedMs: number,
  signal?: AbortSignal,
): Promise<BlockPlace> {
  const ticks = wantedMs / head.tickMs;
  return await byCues(source, head, ticks, signal) ??
    await byClusters(source, head, originMs / head.tickMs, ticks, signal);
}

async function byCues(
  source: RandomAccess,
  head: FileHead,
  wanted: number,
  signal: AbortSignal | undefined,
): Promise<BlockPlace | undefined> {
  const found = head.cuesAt === undefined
    ? undefined
    : await headAt(source, head.cuesAt, signal);
  if (found?.id !== IDS.cues) return undefined;
  const cues = await contentsAt(source, found.from, found.length, signal);
  const cue = lastCue(cues, wanted);
  if (cue === undefined) return undefined;
  const offset = head.segmentStart + cue.cluster;
  const cluster = await headAt(source, offset, signal);
  if (cluster?.id !== IDS.cluster) return undefined;
  const ticks = await clusterTicks(source, cluster.from, signal);
  if (cue.relative === undefined || ticks === undefined) {
    return { offset, clusterTicks: 0 };
  }
  const at = cluster.from + cue.relative;
  const block = await headAt(source, at, signal);
  const isBlock = block?.id === IDS.simpleBlock || block?.id === IDS.blockGroup;
  return isBlock
    ? { offset: at, clusterTicks: ticks }
    : { offset, clusterTicks: 0 };
}

/** One entry of the index. */
interface Cue {
  ticks: number;
  cluster: number;
  /** Of a block, from the beginning of the cluster's contents. */
  relative?: number;
}

/** The last entry at or before a time. */
function lastCue(cues: Uint8Array, wanted: number): Cue | undefined {
  let last: Cue | undefined;
  for (const { id, contents } of elementsOf(cues)) {
    const cue = id === IDS.cuePoint ? readCue(contents) : undefined;
    if (cue === undefined || cue.ticks > wanted) continue;
    if (last === undefined || cue.ticks > last.ticks) last = cue;
  }
  return last;
}

/** An entry by its earliest place. */
function readCue(contents: Uint8Array): Cue | undefined {
  let ticks: number | undefined;
  const places: Omit<Cue, "ticks">[] = [];
  for (const { id, contents: value } of elementsOf(contents)) {
    if (id === IDS.cueTime) ticks = readNumber(value);
    if (id !== IDS.cuePlaces) continue;
    const parts = [...elementsOf(value)];
    const cluster = parts.find((x) => x.id === IDS.cueCluster);
    const relative = parts.find((x) => x.id === IDS.cueRelative);
    if (cluster === undefined) continue;
    places.push({
      cluster: readNumber(cluster.contents),
      ...(relative && { relative: readNumber(relative.contents) }),
    });
  }
  const [first] = places.toSorted((a, b) =>
    a.cluster - b.cluster || (a.relative ?? 0) - (b.relative ?? 0)
  );
  return ticks === undefined || first === undefined
    ? undefined
    : { ticks, ...first };
}

/** The time of a cluster whose contents begin at an offset. */
async function clusterTicks(
  source: RandomAccess,
  from: number,
  signal: AbortSignal | undefined,
): Promise<number | undefined> {
  let at = from;
  for (let i = 0; i < ELEMENTS_MAX; i++) {
    const element = await headAt(source, at, signal);
    if (element === undefined) return undefined;
    if (element.id === IDS.timestamp && element.length <= 8) {
      return readNumber(
        await contentsAt(source, element.from, element.length, signal),
      );
    }
    at = element.from + element.length;
  }
  return undefined;
}

/** By proportion between clusters, until one lies little before the time. */
async function byClusters(
  source: RandomAccess,
  head: FileHead,
  origin: number,
  wanted: number,
  signal: AbortSignal | undefined,
): Promise<BlockPlace> {
  let low: ClusterTime = { offset: head.clusterStart, ticks: origin };
  let high: ClusterTime = {
    offset: source.size,
    ticks: (head.durationMs ?? Infinity) / head.tickMs,
  };
  for (let step = 0; step < STEPS_MAX; step++) {
    if ((wanted - low.ticks) * head.tickMs < NEAR_MS) break;
    const share = Number.isFinite(high.ticks)
      ? (wanted - low.ticks) / Math.max(1, high.ticks - low.ticks)
      : 0.5;
    const room = high.offset - low.offset;
    // A little early, as the cluster wanted begins before the time.
    const guess = Math.floor(
      room * Math.min(0.9, Math.max(0.02, share * 0.97)),
    );
    const found = await clusterFrom(source, low.offset + guess, signal);
    if (found === undefined || found.offset >= high.offset) {
      high = { offset: low.offset + guess, ticks: high.ticks };
    } else if (found.ticks <= wanted) low = found;
    else high = { offset: low.offset + guess, ticks: found.ticks };
    if (high.offset - low.offset < HEAD_BYTES_MAX) break;
  }
  return { offset: low.offset, clusterTicks: 0 };
}

/** The first cluster at or after an offset. */
async function clusterFrom(
  source: RandomAccess,
  offset: number,
  signal: AbortSignal | undefined,
): Promise<ClusterTime | undefined> {
  const limit = Math.min(source.size, offset + SEARCH_BYTES_MAX);
  let tail: Uint8Array = new Uint8Array(0);
  for (let at = offset; at < limit;) {
    const block = await readBlock(source, at, signal);
    if (block.length === 0) return undefined;
    const bytes = concatBytes([tail, block]);
    const base = at - tail.length;
    for (let i = bytes.indexOf(0x1f); i >= 0; i = bytes.indexOf(0x1f, i + 1)) {
      if (clusterAt(bytes, i) !== true) continue;
      const cluster = await headAt(source, base + i, signal);
      const ticks = cluster &&
        await clusterTicks(source, cluster.from, signal);
      if (ticks !== undefined) return { offset: base + i, ticks };
    }
    at += block.length;
    tail = bytes.slice(-2 * HEAD_BYTES_MAX);
  }
  return undefined;
}
