/**
 * For what to ask the gateway for a lease: the first run that no peer can give,
 * no further ahead of play than is wanted, and of what does not press no more
 * than can be passed on.
 *
 * @module
 */
import { LEAF_BYTES } from "../hashtree/geometry.ts";
import { CHUNKS_SEEN_MAX } from "../limits.ts";
import type { Content, NeededRun } from "./content.ts";
import {
  isCalm,
  isEarly,
  isPressing,
  leaseChunks,
  MOVING_MS,
  ORIGIN_LEAD_MS,
  originEndMs,
  type OriginView,
  passesOn,
  prefetchers,
} from "./origin_rules.ts";
import { PRESSING_MS } from "./zones.ts";

/**
 * Told to wait for what plays much later, or for a whole file of which something
 * came within a second, a listener asks from another of its next chunks on. Asking
 * for one and the same would make the gateway doubt that its holder gives it, and
 * that only has much to do.
 */
const TURNS = 8;

/** How often what plays much later is looked through for something to fetch. */
const CALM_LOOK_MS = 500;

/** What is remembered of a content's leases so far. */
export interface Asking {
  /** What plays much later is not asked for before this. */
  calmNotBeforeMs: number;
  /** How often in a row the gateway said to wait. */
  waits: number;
  /** Asked of the origin since the content was opened. */
  fetchedBytes: number;
}

/** What to ask for. */
export interface LeaseAsk {
  /** First leaf. */
  from: number;
  /** The leaf after the last. */
  until: number;
  /** Chunks among them. */
  chunks: number;
  /** Leaves before this one press. */
  pressing: number;
  /** How long before it plays the first is asked for, in ms. */
  slackMs: number;
}

/**
 * The lease to ask for now; undefined where there is nothing to fetch, or not yet.
 * What plays soon is anyone's to ask for, and no further: the lead grows with
 * time, so whoever tuned in first would reach furthest, be given all that plays
 * later, and everybody would wait for that one uplink.
 */
export function wishFor(
  content: Content,
  asking: Asking,
  view: OriginView,
): LeaseAsk | undefined {
  const { nowMs } = view;
  let endMs = originEndMs(content, view);
  if (!passesOn(content, asking.fetchedBytes, view)) {
    if (content.bulk) return undefined;
    endMs = Math.min(endMs, nowMs + PRESSING_MS);
  }
  const calm = nowMs >= asking.calmNotBeforeMs;
  const run = firstNeed(content, asking, { calm, endMs }, view);
  if (run === undefined) {
    // Whatever plays soon was looked at; the rest has time.
    if (calm && !content.bulk) asking.calmNotBeforeMs = nowMs + CALM_LOOK_MS;
    return undefined;
  }
  if (isEarly(content, run.deadlineMs, view)) return undefined;
  const chunks = leaseChunks(content, view);
  const reach = isCalm(run.deadlineMs - nowMs)
    ? run.from + chunks * content.chunkLeaves
    : horizonLeaf(content, Math.min(endMs, nowMs + ORIGIN_LEAD_MS));
  return {
    from: run.from,
    until: Math.max(run.until, Math.min(reach, content.leaves)),
    chunks,
    pressing: pressingLeaf(content, nowMs),
    slackMs: run.deadlineMs - nowMs,
  };
}

/**
 * The first run within the lead that no peer can give; far ahead, the first that
 * is ours by rank, so that all share the work. Told to wait for what plays soon,
 * since others fetch that, a listener asks for its share of what plays later.
 */
function firstNeed(
  content: Content,
  { waits }: Asking,
  { calm, endMs }: { calm: boolean; endMs: number },
  view: OriginView,
): NeededRun | undefined {
  const { nowMs, company } = view;
  const { bulk } = content;
  const moving = bulk && nowMs - content.movedMs < MOVING_MS;
  const passesOver = !bulk && calm && waits % 2 === 1;
  let turn = Math.floor(bulk ? waits : waits / 2) % TURNS;
  let passedOver: NeededRun | undefined;
  let found: NeededRun | undefined;
  const isOurs = prefetchers(content, view);
  let seen = 0;
  for (const run of content.needed()) {
    if (++seen > CHUNKS_SEEN_MAX) break;
    if (run.deadlineMs > endMs) break;
    const later = isCalm(run.deadlineMs - nowMs);
    if (later && !calm) break;
    if (!content.judges(run.from, run.until)) continue;
    if (company.gives(run) || !isOurs(run)) continue;
    if (passesOver && !later && !isPressing(run.deadlineMs, view)) {
      passedOver ??= run;
      continue;
    }
    found = run;
    if (turn-- === 0 || !later && !moving) break;
  }
  return found ?? passedOver;
}

/** What comes before this leaf presses: it plays within seconds, or is of a whole file of which nothing has come for as long. */
function pressingLeaf(content: Content, nowMs: number): number {
  if (!content.bulk) return horizonLeaf(content, nowMs + PRESSING_MS);
  const stillMs = nowMs - Math.max(content.openedMs, content.movedMs);
  return stillMs > PRESSING_MS ? content.leaves : 0;
}

/** The leaf that plays at `horizonMs`, at the end of its chunk; 0 where nothing plays by then. */
function horizonLeaf(content: Content, horizonMs: number): number {
  const head = content.playhead;
  if (content.bulk || head === undefined) return content.leaves;
  const bytes = (horizonMs - head.atMs) / 1000 * head.bytesPerSecond +
    head.offset;
  const chunks = Math.ceil(bytes / LEAF_BYTES / content.chunkLeaves);
  const leaf = chunks * content.chunkLeaves;
  return Math.max(0, Math.min(leaf, content.leaves));
}
