/**
 * Those who want the same content as we do, as far as the decision about the
 * origin needs to know them. Computed for one pass, kept nowhere.
 *
 * @module
 */
import type { Content, NeededRun } from "./content.ts";
import type { Link } from "./link.ts";
import { secondsToSend } from "./zones.ts";

/** A slow peer is waited for while something came from it within this. */
const PATIENT_MS = 5_000;

/** The others of one content at one moment. */
export class Company {
  readonly #all: readonly Link[];
  #sharing: readonly Link[] | undefined;

  /** @param links all links; those that did not open the content are left out */
  constructor(
    readonly content: Content,
    links: readonly Link[],
    readonly nowMs: number,
  ) {
    this.#all = links;
  }

  /** Whether there is nobody. */
  get empty(): boolean {
    return !this.#linked && !this.#named;
  }

  /** Whether others are named, and none of them is linked yet. */
  get unheard(): boolean {
    return !this.#linked && this.#named;
  }

  get #linked(): boolean {
    return this.#all.some((link) => link.shares(this.content));
  }

  /** Found when they are asked for: most passes do without. */
  get #links(): readonly Link[] {
    return this.#sharing ??= this.#all.filter((link) =>
      link.shares(this.content)
    );
  }

  get #named(): boolean {
    const { members, heard, gateway } = this.content;
    return members.size > 0 || gateway !== "ready" && heard.size > 0;
  }

  /** Whether somebody linked gives more than so many bytes a second. */
  hasQuicker(capacity: number): boolean {
    return this.#links.some((link) => link.capacity > capacity);
  }

  /** Ids of those who can fetch it and pass it on: a linked peer that never uploads is not one. */
  members(): string[] {
    const { members, heard, roll, gateway } = this.content;
    const ids = new Set(members);
    if (gateway !== "ready") {
      for (const id of heard) ids.add(id);
      for (const id of roll?.ids() ?? []) ids.add(id);
    }
    // Linked, and not taking part.
    for (const link of this.#all) {
      if (!link.shares(this.content)) ids.delete(link.peerId);
    }
    for (const { peerId, capacity } of this.#links) {
      if (capacity > 0) ids.add(peerId);
      else ids.delete(peerId);
    }
    return [...ids];
  }

  /** Whether a peer holds the run that can be expected to send it in time. */
  gives({ from, until, deadlineMs }: NeededRun): boolean {
    const { content, nowMs } = this;
    if (content.availability[from] === 0) return false;
    const bytes = content.bytesOf(from, until);
    const seconds = secondsToSend(content, deadlineMs, nowMs);
    // A whole file is not due at any time: who is slow is waited for while anything comes of it.
    const waitsFor = (link: Link) =>
      content.bulk && link.capacity > 0 &&
      nowMs - link.deliveredMs < PATIENT_MS;
    return this.#links.some((link) =>
      (link.delivers(nowMs) || waitsFor(link)) &&
      link.holdsAll(content, from, until) &&
      link.waitSeconds(bytes, true, nowMs) < seconds
    );
  }
}
