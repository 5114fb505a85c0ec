/**
 * What the shells say while they work. A {@linkcode Log} is a function, so a
 * test passes one that collects, and a command one that writes to stderr. One
 * plain sentence per call; data goes into `detail`, never a listener's address
 * together with what it listens to.
 *
 * @module
 */

/** How much a line matters; `warn` is for what a person should look at. */
export type LogLevel = "debug" | "info" | "warn" | "error";

/** Writes one line. `message` is a plain sentence without a full stop. */
export type Log = (
  level: LogLevel,
  message: string,
  detail?: Record<string, unknown>,
) => void;

/** A log that says nothing. */
export const silentLog: Log = () => {};
