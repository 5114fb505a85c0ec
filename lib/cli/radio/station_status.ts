/**
 * From what a tuner knows to what people are told: the API's station, and what
 * is missing in plain sentences. Pure.
 *
 * @module
 */
import type { Mount } from "../../icecast/mount.ts";
import type {
  ItemStatus,
  MountStatus,
  NowStatus,
  OtherMountStatus,
  StationStatus,
  TimingStatus,
} from "../../player/status.ts";
import type { ItemSlot } from "../../schedule/slot.ts";
import type { OnAir } from "../../tuner/station_player.ts";
import type { TunerStatus } from "../../tuner/tuner.ts";

/** One station as the API tells it. */
export function stationStatus(
  name: string,
  tuner: TunerStatus,
  mounts: readonly Mount[],
  hls: readonly string[] = [],
): StationStatus {
  return {
    name,
    title: tuner.title,
    url: tuner.url,
    link: tuner.link ?? null,
    now: nowOf(tuner),
    next: tuner.next ? itemOf(tuner.next, tuner.onAir.lateMs) : null,
    timing: timingOf(tuner.onAir),
    rootsPublished: tuner.rootsPublished,
    mounts: mounts.map(mountOf),
    hls: [...hls],
    missing: missingSentences(tuner),
  };
}

function nowOf({ onAir, nowMs }: TunerStatus): NowStatus | null {
  const { slot, lateMs, progress } = onAir;
  if (slot.kind === "gap") return null;
  return {
    ...itemOf(slot, lateMs),
    positionMs: Math.max(0, Math.round(nowMs - slot.startMs - lateMs)),
    bytesHeld: progress?.bytesHeld ?? null,
    bytes: progress?.bytes ?? null,
  };
}

function timingOf({ lateMs, timing }: OnAir): TimingStatus {
  const { offMs, corrections, lastCorrection: last } = timing;
  return {
    lateMs: Math.round(lateMs),
    offMs: offMs === undefined ? null : Math.round(offMs),
    corrections,
    lastCorrection: last === undefined
      ? null
      : { at: iso(last.atMs), ms: Math.round(last.byMs) },
  };
}

function itemOf(slot: ItemSlot, lateMs: number): ItemStatus {
  return {
    title: slot.item.title,
    creator: slot.item.creator ?? null,
    startsAt: iso(slot.startMs + lateMs),
    endsAt: Number.isFinite(slot.endMs) ? iso(slot.endMs + lateMs) : null,
  };
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}

function mountOf(mount: Mount): MountStatus {
  return {
    path: mount.path,
    type: mount.contentType,
    listeners: mount.listeners,
    title: mount.title,
    live: mount.heard === "live",
  };
}

/** Those of some mounts that belong to no station, as the API tells them. */
export function otherMounts(
  mounts: readonly Mount[],
  ofStations: ReadonlySet<Mount>,
): OtherMountStatus[] {
  return mounts
    .filter((mount) => !ofStations.has(mount) && !mount.info.isHidden)
    .map((mount) => ({
      name: mount.info.name || mount.path,
      ...mountOf(mount),
    }));
}

/** What a listener should know, most urgent first; with a full stop each. */
export function missingSentences(tuner: TunerStatus): string[] {
  const sentences: string[] = [];
  const { onAir, gateways, rootsPublished } = tuner;
  if (onAir.trouble !== undefined) sentences.push(itemTrouble(onAir));
  if (tuner.playlistTrouble !== undefined) {
    sentences.push(
      `The station's playlist cannot be read at the moment, the last good one is played: ${tuner.playlistTrouble}.`,
    );
  }
  if (gateways.length === 0) {
    sentences.push(
      "The station names no gateway, so other listeners are found only by chance: its own server carries most of the load.",
    );
  } else if (!rootsPublished) {
    sentences.push(
      "The station does not publish what its files must be, so the gateway is believed about that.",
    );
  }
  return sentences;
}

function itemTrouble(onAir: OnAir): string {
  const title = onAir.slot.kind === "item" ? onAir.slot.item.title : "This";
  return `“${title}” cannot be played: ${onAir.trouble}. It is tried again, and heard from where it is by then.`;
}
