/**
 * Leaving peers that can be dialled to those who have no choice. A peer that
 * nobody can dial gives only to those it dialled: while there is time its uplink
 * is used first. Whom nobody dialled has those who can be dialled alone, with
 * many others like him: he asks nothing of what plays later of them while
 * something that plays before is short. The local network costs nobody anything.
 *
 * @module
 */
import type { Content } from "./content.ts";
import { isUndialled, type Link } from "./link.ts";
import { SOON_MS } from "./zones.ts";

/** What plays within this is asked of anyone. With three seconds a tenth of what can be dialled served others who can be. */
const SPARING_MS = 1_000;

/** Whom to spare in one pass over a content. */
export class Sparing {
  #hasBound: boolean | undefined;
  #isUndialled: boolean | undefined;

  /** @param links those that may be asked for something of this content */
  constructor(
    readonly content: Content,
    readonly links: readonly Link[],
    readonly nowMs: number,
  ) {}

  /** Whether there is a peer that nobody can dial and that gives. */
  get hasBound(): boolean {
    const { nowMs } = this;
    return this.#hasBound ??= this.links.some((link) =>
      !link.dialable && link.delivers(nowMs)
    );
  }

  /** Tells which links are not asked for what is needed at `deadlineMs`. */
  of(deadlineMs: number): (link: Link) => boolean {
    const all = this.#sparesAll(deadlineMs);
    return (link) => all && link.dialable && !link.lan;
  }

  #sparesAll(deadlineMs: number): boolean {
    const { content, nowMs } = this;
    const slackMs = deadlineMs - nowMs;
    if (content.bulk || slackMs < SPARING_MS) return false;
    if (content.yields && slackMs > SOON_MS && this.#undialled) return true;
    return this.hasBound;
  }

  get #undialled(): boolean {
    return this.#isUndialled ??= isUndialled(this.links);
  }
}
