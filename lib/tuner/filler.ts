/**
 * The station's filler: a file that the playlist names, kept in memory as packets
 * so that it can be heard when nothing else can be had, on several mounts at a
 * time and from its beginning each time. It is fetched like any item, without
 * hurry.
 *
 * @module
 */
import {
  FILLER_BYTES_MAX,
  FILLER_FETCH_MS,
  FILLER_PLAY_MS_MIN,
} from "../limits.ts";
import type { Packet, TrackInfo } from "../media/packet.ts";
import type { Item } from "../playlist/playlist.ts";
import type { ItemSlot } from "../schedule/slot.ts";
import type { Airing } from "./airing.ts";

/** A filler that is all here. */
export interface Filler {
  /** Its parameters. */
  info: TrackInfo;
  /** All of it; a second or more. */
  packets: readonly Packet[];
}

/** Opens its file; see `StationPlayerOptions.open`. */
export type OpenFiller = (
  slot: ItemSlot,
  fromMs: number,
  neededAtMs: number,
) => Airing;

/** Gets the filler that the playlist names, and the next one when that changes. */
export class FillerLoader {
  readonly #open: OpenFiller;
  #item: Item | undefined;
  #airing: Airing | undefined;
  #packets: Packet[] = [];
  #bytes = 0;
  #ms = 0;
  #ready: Filler | undefined;

  /** @param open opens a file of the swarm */
  constructor(open: OpenFiller) {
    this.#open = open;
  }

  /** The filler; undefined where there is none, or none that is all here. */
  get ready(): Filler | undefined {
    return this.#ready;
  }

  /**
   * Goes on with it.
   *
   * @param item the one that the playlist names
   * @param nowMs the station's clock
   */
  poll(item: Item | undefined, nowMs: number): void {
    if (!isSameFile(item, this.#item)) this.#begin(item, nowMs);
    const airing = this.#airing;
    if (airing === undefined) return;
    if (airing.state.kind === "open" && !airing.isReading) {
      this.#forget();
      airing.seek(0);
    }
    while (airing.peek() && this.#bytes < FILLER_BYTES_MAX) this.#take(airing);
    const isLong = this.#bytes >= FILLER_BYTES_MAX;
    if (airing.state.kind === "ended" || isLong) this.#finish(airing);
  }

  /** Gives its file back. */
  close(): void {
    this.#airing?.close();
    this.#airing = undefined;
  }

  #take(airing: Airing): void {
    const { packet, durationMs } = airing.take()!;
    this.#packets.push(packet);
    this.#bytes += packet.data.length;
    this.#ms += durationMs;
  }

  #begin(item: Item | undefined, nowMs: number): void {
    this.close();
    this.#forget();
    this.#item = item;
    this.#ready = undefined;
    if (item === undefined) return;
    const slot: ItemSlot = {
      kind: "item",
      item,
      startMs: nowMs,
      endMs: Infinity,
    };
    this.#airing = this.#open(slot, 0, nowMs + FILLER_FETCH_MS);
  }

  #finish(airing: Airing): void {
    const { info } = airing;
    const isLongEnough = this.#ms >= FILLER_PLAY_MS_MIN;
    if (info && isLongEnough) this.#ready = { info, packets: this.#packets };
    this.close();
    this.#forget();
  }

  #forget(): void {
    this.#packets = [];
    this.#bytes = 0;
    this.#ms = 0;
  }
}

function isSameFile(a: Item | undefined, b: Item | undefined): boolean {
  return a?.url === b?.url && a?.root === b?.root;
}
