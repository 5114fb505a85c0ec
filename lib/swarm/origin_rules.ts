/**
 * How far ahead, how much at a time and who: the rules by which the origin is
 * asked, apart from the state they are applied to (`origin.ts`).
 *
 * A lone listener stays 15 s ahead, so that leaving wastes little of the
 * origin's traffic. Among others what is fetched serves all, and the lead grows
 * with time.
 *
 * @module
 */
import { chunkOf, LEAF_BYTES } from "../hashtree/geometry.ts";
import type { Action } from "./actions.ts";
import type { Company } from "./company.ts";
import type { Content, NeededRun } from "./content.ts";
import { rankOf } from "./rank.ts";
import { leadEndMs, PRESSING_MS, URGENT_MS } from "./zones.ts";

/** How far ahead of play the origin is asked; Spotify's figure (facts, swarm 1.3). */
export const ORIGIN_LEAD_MS = 15_000;

/**
 * Chunks in one lease, of what plays and of a whole file. Forty at a time for a
 * video gave seconds of it to the one who asked first, and all others waited for
 * its uplink.
 */
const CHUNKS = 4;
const BULK_CHUNKS = 16;

/** A lone listener gets ahead of play whatever its uplink: so many seconds a second are fetched at least. */
const PACE_MIN = 1.25;

/** Something moves while it came within this. */
export const MOVING_MS = 1_000;

/** How long a gateway that is still being dialled is waited for. */
const GATEWAY_GRACE_MS = 1_000;

/** How long linking with the peers that a gateway named may take. */
const LINKING_MS = 1_500;

/** How long linking with peers may take, and hearing what they hold, where no gateway can be asked. */
const HEARING_MS = 1_000;

/** Peers that are linked are given this long to tell what they hold of a file to be had whole. */
const HAVES_GRACE_MS = 300;

/** With a gateway, rank takes over when a chunk plays within this … */
const RANK_SLACK_MS = 3_000;

/** … and has been wanted for this long. */
const RANK_PATIENCE_MS = 1_500;

/** A whole file has no deadline: rank takes over when nothing has moved for this long, a lease's usual life. */
export const BULK_PATIENCE_MS = 5_000;

/** Who could link with none of those who are named for this long is given nothing by them, whatever a gateway says. */
const LONELY_MS = 5_000;

/** Each rank waits this long for the one before it. */
const RANK_STEP_MS = 500;

/** The same while there is time: what the one before fetches has to reach all, from peer to peer. */
const CALM_STEP_MS = 1_000;

/**
 * Without a gateway fetching begins this far ahead of play, for then there is
 * time: those on the roll of the station come first, one after the other.
 */
const FAR_LEAD_MS = 45_000;

/** How long a newcomer may need to hear who is on the roll: three steps from peer to peer, gathered over a second each. */
const ROLL_HEARING_MS = 3_000;

/** What is that far ahead takes seconds from peer to peer; each on the roll waits this long for the one before it. */
const FAR_STEP_MS = 5_000;

/** Each rank waits this long for the one before it to ask for a lease. */
const LEASE_STEP_MS = 250;

/**
 * What all peers together cannot carry, everyone has to fetch for himself: what
 * plays within this, or within the longest lead there was if that is less, is
 * held by peers and will not come from them in time. All fetch it one after the
 * other, so that the later ones may still be helped by the first. With less time
 * for it all hold the same few seconds, and uplinks are idle for want of something
 * that others lack (`docs/decisions/origin.md`).
 */
const STARVING_MS = ORIGIN_LEAD_MS;

/** The same for who never had a lead: he is only to hear no gap until peers have caught up. */
const STARVING_MS_MIN = 2_500;

/** The last in turn fetches with this left, or with this part of the time. */
const STARVING_LAST_MS = 2_000;
const STARVING_LAST = 0.4;

/** What a pass works with. */
export interface OriginView {
  readonly nowMs: number;
  readonly selfId: string;
  /** Bytes per second that we give others of what we have; 0: we give nothing. */
  readonly capacity: number;
  readonly company: Company;
  act(action: Action): void;
}

/**
 * Until when the origin may be asked: 15 s ahead, and more with time among
 * others; only what is urgent by one who gives nothing, since others have to
 * fetch the same once more.
 */
export function originEndMs(
  content: Content,
  { company, nowMs, capacity }: OriginView,
): number {
  if (content.bulk) return Infinity;
  if (company.empty || content.hashes === undefined) {
    return nowMs + ORIGIN_LEAD_MS;
  }
  return capacity > 0
    ? leadEndMs(content, ORIGIN_LEAD_MS, nowMs)
    : nowMs + URGENT_MS;
}

/**
 * Whether we can have passed on what we fetched. Who runs ahead of that holds
 * alone what all want next, and its uplink is all they have: the first of a crowd
 * takes no more of the media than it gives, whatever does not press, and of a
 * whole file the slower ones leave it to the quicker while these tell of more.
 */
export function passesOn(
  content: Content,
  fetchedBytes: number,
  { capacity, company, nowMs }: OriginView,
): boolean {
  const elapsedSeconds = (nowMs - content.openedMs) / 1000;
  if (content.bulk) {
    return fetchedBytes <= capacity * elapsedSeconds ||
      !company.hasQuicker(capacity) || isQuiet(content, nowMs);
  }
  const bytesPerSecond = content.playhead?.bytesPerSecond ?? Infinity;
  const pace = Math.max(capacity, PACE_MIN * bytesPerSecond);
  return fetchedBytes <= pace * elapsedSeconds;
}

/** Whether no peer tells of anything new. */
function isQuiet({ announcedMs }: Content, nowMs: number): boolean {
  return nowMs - announcedMs > MOVING_MS;
}

/** Whether something plays so soon that the surest source is the best. */
export function isPressing(deadlineMs: number, { nowMs }: OriginView): boolean {
  return deadlineMs - nowMs <= PRESSING_MS;
}

/**
 * Whether a run that plays at `deadlineMs` is not to be fetched yet: others are
 * about to say that they hold it, or nobody would have it from us.
 */
export function isEarly(
  content: Content,
  deadlineMs: number,
  view: OriginView,
): boolean {
  const { company, nowMs, capacity } = view;
  if (isPressing(deadlineMs, view)) return false;
  if (capacity === 0 && deadlineMs > originEndMs(content, view)) return true;
  return company.unheard && nowMs - content.openedMs < LINKING_MS;
}

/** Whether something is far enough ahead of play for asking the gateway to have time. */
export function isCalm(slackMs: number): boolean {
  return slackMs > ORIGIN_LEAD_MS && slackMs < Infinity;
}

/** How many chunks to ask for in one lease; of a whole file what we give in a second, if others are quicker. */
export function leaseChunks(
  content: Content,
  { capacity, company, nowMs }: OriginView,
): number {
  if (!content.bulk) return CHUNKS;
  if (!company.hasQuicker(capacity) || isQuiet(content, nowMs)) {
    return BULK_CHUNKS;
  }
  const bytes = content.chunkLeaves * LEAF_BYTES;
  return Math.min(BULK_CHUNKS, Math.ceil(capacity / bytes));
}

/** Tells whether rank, and the time it has waited, make a run ours. */
export function electorate(
  content: Content,
  view: OriginView,
): (run: NeededRun) => boolean {
  if (content.hashes === undefined) return () => true;
  const company = !view.company.empty;
  const lonely = view.company.unheard &&
    view.nowMs - content.openedMs > LONELY_MS;
  const ticket = (member: string) => content.ticket(member);
  const horizonMs = starvingMs(content);
  let others: number[] | undefined;
  return (run) => {
    const slackMs = run.deadlineMs - view.nowMs;
    const calm = company && isByRoll(content, slackMs);
    const waitedMs = view.nowMs -
      (calm ? rollStartMs(content, run) : rankStartMs(content, run, company));
    const starving = slackMs < horizonMs && content.availability[run.from]! > 0;
    if (waitedMs < 0 && !starving) return false;
    if (lonely) return true;
    if (calm) {
      const stepMs = slackMs > ORIGIN_LEAD_MS ? FAR_STEP_MS : CALM_STEP_MS;
      return rollRank(content, run, view.selfId) * stepMs <= waitedMs;
    }
    others ??= view.company.members().map(ticket);
    const rank = rankOf(
      chunkStart(content, run),
      ticket(view.selfId),
      others,
    );
    const lastMs = Math.min(STARVING_LAST_MS, STARVING_LAST * horizonMs);
    const turnMs = horizonMs -
      (horizonMs - lastMs) * rank / (others.length + 1);
    if (starving && slackMs <= turnMs) return true;
    const stepMs = slackMs > URGENT_MS ? CALM_STEP_MS : RANK_STEP_MS;
    return rank * stepMs <= waitedMs;
  };
}

/** How far ahead of play is fetched what peers hold and none of them will send in time; not even what is late where peers carry what is played. */
function starvingMs({ scarce, leadMs }: Content): number {
  if (!scarce) return -Infinity;
  return Math.max(STARVING_MS_MIN, Math.min(leadMs, STARVING_MS));
}

/** What plays after this is nobody's by rank yet. */
export function rankEndMs(content: Content, view: OriginView): number {
  const { nowMs, company } = view;
  if (content.hashes === undefined) return originEndMs(content, view);
  if (content.bulk) {
    return nowMs < wholeStartMs(content, !company.empty) ? -Infinity : Infinity;
  }
  switch (content.gateway) {
    case "ready":
      return nowMs + STARVING_MS;
    case "pending":
      return nowMs < content.openedMs + GATEWAY_GRACE_MS
        ? -Infinity
        : originEndMs(content, view);
    case "none":
      return Math.min(nowMs + FAR_LEAD_MS, originEndMs(content, view));
  }
}

/**
 * Tells whether a lease for a run may be asked for: near play by anyone, far
 * ahead by the first of the order, and of a whole file by the next ones too when
 * nothing moves. Where members know only some of each other, several may think
 * so; the gateway grants it to one.
 */
export function prefetchers(
  content: Content,
  view: OriginView,
): (run: NeededRun) => boolean {
  const ticket = (member: string) => content.ticket(member);
  const stillMs = view.nowMs - Math.max(content.openedMs, content.movedMs);
  let others: number[] | undefined;
  return (run) => {
    if (run.deadlineMs < view.nowMs + ORIGIN_LEAD_MS) return true;
    others ??= view.company.members().map(ticket);
    const rank = rankOf(
      chunkStart(content, run),
      ticket(view.selfId),
      others,
    );
    return rank * LEASE_STEP_MS <= (content.bulk ? stillMs : 0);
  };
}

/**
 * What a run is ranked by: its chunk, whichever part of it is still missing. Who
 * holds the beginning of a chunk, and who holds nothing of it, come to the same
 * order.
 */
function chunkStart({ chunkLeaves }: Content, { from }: NeededRun): number {
  return chunkOf(from, chunkLeaves).from;
}

/** From when on the first of the order may fetch a chunk without a lease. */
function rankStartMs(
  content: Content,
  run: NeededRun,
  company: boolean,
): number {
  if (content.bulk) return wholeStartMs(content, company);
  const opened = content.openedMs;
  switch (content.gateway) {
    case "ready":
      return Math.max(
        run.deadlineMs - RANK_SLACK_MS,
        opened + RANK_PATIENCE_MS,
      );
    case "pending":
      return opened + GATEWAY_GRACE_MS;
    case "none":
      return Math.max(
        run.deadlineMs - ORIGIN_LEAD_MS,
        // A crowd of newcomers would fetch what those who are here hold.
        company ? Math.min(content.firstMovedMs, opened + HEARING_MS) : opened,
      );
  }
}

/** The same for any chunk of a whole file: it is not due at any time, so deputies wait while anything moves. */
function wholeStartMs(
  { gateway, openedMs, movedMs }: Content,
  company: boolean,
): number {
  switch (gateway) {
    case "ready":
      return Math.max(openedMs, movedMs) + BULK_PATIENCE_MS;
    case "pending":
      return openedMs + GATEWAY_GRACE_MS;
    case "none":
      return Math.max(openedMs + (company ? HAVES_GRACE_MS : 0), movedMs);
  }
}

/** How many on the roll of the station come before us; Infinity if we are not on it. */
function rollRank(
  content: Content,
  run: NeededRun,
  selfId: string,
): number {
  const { roll } = content;
  if (roll?.has(selfId) !== true) return Infinity;
  const others: number[] = [];
  for (const id of roll.ids()) {
    if (id !== selfId) others.push(content.ticket(id));
  }
  return rankOf(chunkStart(content, run), content.ticket(selfId), others);
}

/** From when on the first on the roll may fetch a chunk: a newcomer hears first who is on it. */
function rollStartMs({ openedMs }: Content, { deadlineMs }: NeededRun): number {
  return Math.max(deadlineMs - FAR_LEAD_MS, openedMs + ROLL_HEARING_MS);
}

/** Whether those on the roll fetch what plays then: where no gateway says who does, and nothing presses. */
function isByRoll(content: Content, slackMs: number): boolean {
  return content.gateway === "none" && content.roll !== undefined &&
    !content.bulk && slackMs > URGENT_MS;
}

/** The server of a URL; a text that is no URL is its own server. */
export function serverOf(source: string): string {
  return /^[a-z]+:\/\/[^/?#]*/i.exec(source)?.[0] ?? source;
}
