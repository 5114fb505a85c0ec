/**
 * The one place that writes to stdout and stderr. A terminal may carry one live
 * line (a bar, a status); result and log lines push it down and it is drawn
 * again beneath them. Without a terminal the live line does not exist.
 *
 * The stream, its width and the clock are arguments, so that a test can read
 * what a person would see.
 *
 * @module
 */
import type { Clock } from "../clock.ts";
import { TERMINAL_REDRAW_MS } from "../limits.ts";
import type { Log, LogLevel } from "../log.ts";
import type { Progress } from "./command.ts";
import { formatSize } from "./quantities.ts";

/** Where a terminal writes. */
export interface TerminalOptions {
  /** Writes to stdout at once. */
  writeOut(text: string): void;
  /** Writes to stderr at once. */
  writeErr(text: string): void;
  /** Columns of stderr; undefined where it is no terminal. */
  columns(): number | undefined;
  clock: Clock;
}

const LEVELS: readonly LogLevel[] = ["debug", "info", "warn", "error"];
/** Deletes the line and goes back to its start (ECMA-48 EL and CR). */
const ERASE = "\r\x1b[2K";
const BAR_CELLS = 20;

/** Result lines, log lines and one live line on the same screen. */
export class Terminal implements Progress {
  /** Log lines below this level are not written. */
  level: LogLevel = "info";
  /** Write log lines as JSON, for programs that gather them. */
  jsonLog = false;
  readonly #options: TerminalOptions;
  #live = "";
  #drawn = false;
  #drawnAt = -Infinity;

  /** @param options where to write */
  constructor(options: TerminalOptions) {
    this.#options = options;
  }

  /** Writes a result line to stdout. */
  out(line: string): void {
    this.#above(() => this.#options.writeOut(line + "\n"));
  }

  /** Writes a log line to stderr: the message, and its detail as JSON; or all of it as JSON. */
  readonly log: Log = (level, message, detail = {}) => {
    if (LEVELS.indexOf(level) < LEVELS.indexOf(this.level)) return;
    const time = new Date(this.#options.clock.now()).toISOString();
    const line = this.jsonLog
      ? json({ ...detail, time, level, message })
      : textLine(level, message, detail);
    this.#above(() => this.#options.writeErr(line + "\n"));
  };

  /** @inheritDoc */
  bar(
    label: string,
    done: number,
    total?: number,
    unit: "bytes" | "steps" = "bytes",
  ): void {
    const figure = (n: number) => unit === "bytes" ? formatSize(n) : String(n);
    if (total === undefined || total <= 0) {
      return this.status(`${label}  ${figure(done)}`);
    }
    const share = Math.min(1, done / total);
    const full = Math.round(share * BAR_CELLS);
    const cells = "█".repeat(full) + "░".repeat(BAR_CELLS - full);
    const percent = `${Math.floor(share * 100)} %`.padStart(5);
    this.status(
      `${label}  ${cells} ${percent}  ${figure(done)} of ${figure(total)}`,
    );
  }

  /** @inheritDoc */
  status(line: string): void {
    const columns = this.#options.columns();
    if (columns === undefined) return;
    this.#live = printable(line).slice(0, Math.max(1, columns - 1));
    const now = this.#options.clock.monotonic();
    if (now - this.#drawnAt < TERMINAL_REDRAW_MS) return;
    this.#drawnAt = now;
    this.#draw();
  }

  /** @inheritDoc */
  clear(): void {
    this.#erase();
    this.#live = "";
    this.#drawnAt = -Infinity;
  }

  #above(write: () => void): void {
    this.#erase();
    write();
    if (this.#live !== "") this.#draw();
  }

  #draw(): void {
    this.#options.writeErr(ERASE + this.#live);
    this.#drawn = true;
  }

  #erase(): void {
    if (this.#drawn) this.#options.writeErr(ERASE);
    this.#drawn = false;
  }
}

function textLine(
  level: LogLevel,
  message: string,
  detail: Record<string, unknown>,
): string {
  const mark = level === "info" ? "" : `${level}: `;
  const more = Object.keys(detail).length === 0 ? "" : ` ${json(detail)}`;
  return printable(`${mark}${message}${more}`);
}

/** An error is its message: by itself it would be `{}`. */
function json(value: unknown): string {
  return JSON.stringify(
    value,
    (_, part) => part instanceof Error ? part.message : part,
  );
}

/**
 * Makes foreign text harmless on a terminal: control characters become spaces,
 * so that a title cannot move the cursor or recolour the screen.
 */
export function printable(text: string): string {
  // deno-lint-ignore no-control-regex
  return text.replace(/[\x00-\x1f\x7f-\x9f]/g, " ");
}
