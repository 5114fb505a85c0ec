/**
 * The list of what is wrong with a playlist, in the order it was found. Bounded:
 * past `PLAYLIST_PROBLEMS_MAX` the rest is only counted, and one last problem
 * tells how many they were. Pure.
 *
 * @module
 */
import { PLAYLIST_PROBLEMS_MAX } from "../limits.ts";
import type { Problem } from "./playlist.ts";

/** Line and column from 1, as far as they are known. */
export interface ProblemPlace {
  line: number;
  column?: number;
}

/** Collects problems. */
export class ProblemList {
  readonly #kept: Problem[] = [];
  #more = 0;
  #moreErrors = 0;

  /** Something that costs the item. */
  error(code: string, message: string, at?: ProblemPlace): void {
    this.#add("error", code, message, at);
  }

  /** Something that costs nothing but should be put right. */
  warning(code: string, message: string, at?: ProblemPlace): void {
    this.#add("warning", code, message, at);
  }

  #add(
    severity: Problem["severity"],
    code: string,
    message: string,
    at?: ProblemPlace,
  ): void {
    if (this.#kept.length < PLAYLIST_PROBLEMS_MAX) {
      this.#kept.push({ severity, code, message, ...placeOf(at) });
      return;
    }
    this.#more++;
    if (severity === "error") this.#moreErrors++;
  }

  /** All of them, by their places; last those that have none. */
  finish(): Problem[] {
    const last = Number.MAX_SAFE_INTEGER;
    const list = this.#kept.toSorted((a, b) =>
      (a.line ?? last) - (b.line ?? last) || (a.column ?? 0) - (b.column ?? 0)
    );
    if (this.#more > 0) {
      list.push({
        severity: this.#moreErrors > 0 ? "error" : "warning",
        code: "more-problems",
        message: `${this.#more} more problems are not listed`,
      });
    }
    return list;
  }
}

function placeOf(at: ProblemPlace | undefined): Partial<ProblemPlace> {
  if (!at) return {};
  const { line, column } = at;
  return column === undefined ? { line } : { line, column };
}
