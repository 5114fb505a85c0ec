/**
 * Who is banned for this session, as long as there is room for it.
 *
 * @module
 */
import { BANNED_MAX } from "../limits.ts";

/** Ids, or addresses. */
export class BanList {
  readonly #banned = new Set<string>();

  /** Whether somebody is banned. */
  has(who: string): boolean {
    return this.#banned.has(who);
  }

  /** Bans somebody; who was banned first makes room. */
  add(who: string): void {
    this.#banned.add(who);
    if (this.#banned.size <= BANNED_MAX) return;
    const [oldest = ""] = this.#banned;
    this.#banned.delete(oldest);
  }
}
