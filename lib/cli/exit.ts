/**
 * How the program ends: the one place that knows exit codes. 0 done, 1 failed,
 * 2 wrong usage, 130 interrupted; which error is which is a column of the table
 * in `errors.ts`.
 *
 * @module
 */
import { type AlluviumError, toAlluviumError } from "../errors.ts";

/** The codes a script may rely on. */
export const ExitCode = {
  done: 0,
  failed: 1,
  usage: 2,
  /** 128 + SIGINT, as shells report it. */
  interrupted: 130,
} as const;

/** An ending: what to tell, and the code. */
export interface Ending {
  code: number;
  /** What a person should be told; absent when all went well. */
  error?: AlluviumError;
}

/**
 * Turns whatever a command threw into an ending. An error after the signal
 * aborted is the interruption's own, unless it has a place or fault of its own.
 *
 * @param thrown undefined when the command returned
 */
export function endingOf(thrown: unknown, signal: AbortSignal): Ending {
  if (signal.aborted && (thrown === undefined || isAbort(thrown, signal))) {
    return { code: ExitCode.interrupted };
  }
  if (thrown === undefined) return { code: ExitCode.done };
  const error = toAlluviumError(thrown);
  return { code: error.exitCode, error };
}

function isAbort(thrown: unknown, signal: AbortSignal): boolean {
  return thrown === signal.reason ||
    (thrown instanceof Error && thrown.name === "AbortError");
}
