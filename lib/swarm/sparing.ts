/**
 * Leaving peers that can be dialled to those who have no choice. A peer that
 * nobody can dial gives only to those it dialled: while there is time its uplink
 * is used first. Whom nobody dialled has those who can be dialled alone, with
 * many others like him: he asks nothing of what plays later of them while
 * something that plays before is short. Who is ahead of all whom nobody can dial
 * would fetch everything: once all have settled, what presses and none of those
 * holds is asked of anyone. The local network costs nobody anything.
 *
 * @module
 */
import type { Content, NeededRun } from "./content.ts";
import { isUndialled, type Link } from "./link.ts";
import { PRESSING_MS, SOON_MS } from "./zones.ts";

/** What plays within this is asked of anyone. With three seconds a tenth of what can be dialled served others who can be. */
const SPARING_MS = 1_000;

/** A minute after tuning in all are ahead of what presses who can be. */
const SETTLED_MS = 60_000;

/** Whom to spare in one pass over a content. */
export class Sparing {
  #boundLinks: readonly Link[] | undefined;
  #isUndialled: boolean | undefined;

  /** @param links those that may be asked for something of this content */
  constructor(
    readonly content: Content,
    readonly links: readonly Link[],
    readonly nowMs: number,
  ) {}

  /** Whether there is a peer that nobody can dial and that gives. */
  get hasBound(): boolean {
    return this.#bound.length > 0;
  }

  /** Tells which links are not asked for a run. */
  of(run: NeededRun): (link: Link) => boolean {
    const all = this.#sparesAll(run);
    return (link) => all && link.dialable && !link.lan;
  }

  #sparesAll({ from, until, deadlineMs }: NeededRun): boolean {
    const { content, nowMs } = this;
    const slackMs = deadlineMs - nowMs;
    if (content.bulk || slackMs < SPARING_MS) return false;
    if (content.yields && slackMs > SOON_MS && this.#undialled) return true;
    if (!this.hasBound) return false;
    const hasSettled = nowMs - content.openedMs > SETTLED_MS;
    return !hasSettled || slackMs > PRESSING_MS ||
      this.#bound.some((link) => link.holdsAll(content, from, until));
  }

  get #bound(): readonly Link[] {
    return this.#boundLinks ??= this.links.filter((link) =>
      !link.dialable && link.delivers(this.nowMs)
    );
  }

  get #undialled(): boolean {
    return this.#isUndialled ??= isUndialled(this.links);
  }
}
