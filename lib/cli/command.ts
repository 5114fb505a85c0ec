/**
 * The shape of a command, so that each lives in a file of its own and none
 * knows how the command line is parsed, printed or ended.
 *
 * A command file has one default export, made by {@linkcode defineCommand}. It
 * promises to return when its work is done or `context.signal` aborts, to leave
 * nothing running behind it, and to throw an AlluviumError for what a person
 * should be told. Parsing is in `options.ts`, help in `help.ts`, the live line
 * in `terminal.ts`, exit codes in `exit.ts`.
 *
 * @module
 */
import type { Clock } from "../clock.ts";
import type { Log } from "../log.ts";

/** What every option says about itself. */
interface OptionBase {
  /** One line for `--help`, without a full stop: what it does. */
  help: string;
  /** Name of the value in help, e.g. `URL`; the type's own name by default. */
  value?: string;
  /** One letter that means the same, e.g. `o` for `-o`. */
  short?: string;
  /** Heading in help; "Options" by default. */
  group?: string;
}

/** Any text. */
export interface StringOption extends OptionBase {
  type: "string";
  default?: string;
}

/** A decimal number within bounds, e.g. a port. */
export interface NumberOption extends OptionBase {
  type: "number";
  default?: number;
  /** Smallest value taken, default 0. */
  min?: number;
  /** Largest value taken, default Number.MAX_SAFE_INTEGER. */
  max?: number;
}

/** Bytes, written `500M`, `64k`, `2G` (powers of 1024) or a plain number. */
export interface SizeOption extends OptionBase {
  type: "size";
  /** In bytes. */
  default?: number;
}

/** Bits per second, written `2Mbit`, `500kbit` (powers of 1000) or a plain number. */
export interface RateOption extends OptionBase {
  type: "rate";
  /** In bits per second. */
  default?: number;
}

/** A switch, off unless given. One that takes away is named so: `no-share`. */
export interface BooleanOption extends OptionBase {
  type: "boolean";
}

/** Text that may be given several times; an empty list where it was not. */
export interface ListOption extends OptionBase {
  type: "list";
}

/** One option of a command. */
export type OptionSpec =
  | StringOption
  | NumberOption
  | SizeOption
  | RateOption
  | BooleanOption
  | ListOption;

/** A command's options by their long names without dashes, e.g. `upload-limit`. */
export type OptionSpecs = Readonly<Record<string, OptionSpec>>;

type Defaulted<S, T> = S extends { default: string | number } ? T
  : T | undefined;

/** What an option's value is once parsed; undefined only where it has no default. */
export type OptionValue<S extends OptionSpec> = S extends BooleanOption
  ? boolean
  : S extends ListOption ? string[]
  : S extends StringOption ? Defaulted<S, string>
  : Defaulted<S, number>;

/** The parsed options of a command, by their long names. */
export type OptionValues<S extends OptionSpecs> = {
  readonly [K in keyof S]: OptionValue<S[K]>;
};

/** A live line on a terminal; everything here does nothing where there is none. */
export interface Progress {
  /**
   * Shows a bar.
   *
   * @param label what is being done, e.g. `Hashing a.mp3`
   * @param done bytes or steps so far
   * @param total bytes or steps in all; undefined where it is not known
   * @param unit how to print the figures, default "bytes"
   */
  bar(
    label: string,
    done: number,
    total?: number,
    unit?: "bytes" | "steps",
  ): void;
  /** Shows one line instead of the one before, cut to the terminal's width. */
  status(line: string): void;
  /** Takes the live line away. Output and log lines keep it below themselves. */
  clear(): void;
}

/** Everything a command works with; nothing else of the process is its own. */
export interface CommandContext<S extends OptionSpecs = OptionSpecs> {
  /** The command's own options. */
  readonly options: OptionValues<S>;
  /** What stands on the command line besides options, in order. */
  readonly operands: readonly string[];
  readonly clock: Clock;
  /** A number in [0, 1). */
  readonly random: () => number;
  /** Talk: stderr, by `--log-level`. */
  readonly log: Log;
  /** True when stdout is for programs: one JSON document, or one a line. */
  readonly json: boolean;
  /** Writes one line of result to stdout. Not for `--json`. */
  out(line: string): void;
  /** Writes one JSON document as one line to stdout. For `--json` only. */
  emit(document: unknown): void;
  /** Aborts on SIGINT and SIGTERM: finish, clean up, return. */
  readonly signal: AbortSignal;
  readonly progress: Progress;
  /** An environment variable's value; undefined where unset or not permitted. */
  env(name: string): string | undefined;
}

/** An example in help: what it does, and the line to type. */
export interface Example {
  /** Without a full stop, e.g. `Tune in to a station`. */
  does: string;
  /** The whole line, e.g. `alluvium listen https://radio.example/playlist.rss`. */
  line: string;
}

/** How many operands a command takes. */
export interface OperandCount {
  min: number;
  max: number;
}

/** One command of the command line. */
export interface Command<S extends OptionSpecs = OptionSpecs> {
  /** As typed, e.g. `listen`. */
  readonly name: string;
  /** One line without a full stop; the same as in `commands.ts`. */
  readonly summary: string;
  /** After the program's name, e.g. `listen PLAYLIST [options]`. */
  readonly usage: string;
  /** For people who have not done this before: paragraphs, then examples. */
  readonly help: { about: string; examples: readonly Example[] };
  /** Default: none at all. */
  readonly operands?: OperandCount;
  readonly options: S;
  /**
   * Does the work.
   *
   * @throws AlluviumError what a person should be told; its code decides the exit code
   */
  run(context: CommandContext<S>): Promise<void>;
}

/** Gives a command its option types: `options.port` is a number in `run`. */
export function defineCommand<const S extends OptionSpecs>(
  command: Command<S>,
): Command<S> {
  return command;
}
