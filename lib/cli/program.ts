/**
 * From the words of a command line to an exit code: find the command, load it
 * alone, parse its options, run it, tell how it ended. Everything of the
 * process (words, environment, streams, signals) comes in as a
 * {@linkcode Process}, so that a test runs the whole program without one.
 *
 * @module
 */
import { type Clock, systemClock } from "../clock.ts";
import { AlluviumError } from "../errors.ts";
import { CONFIG_BYTES_MAX } from "../limits.ts";
import type { Command, CommandContext, OptionSpecs } from "./command.ts";
import { type CommandEntry, COMMANDS } from "./commands.ts";
import { endingOf } from "./exit.ts";
import { commandHelp, programHelp } from "./help.ts";
import {
  COMMON_OPTIONS,
  fromConfig,
  fromEnvironment,
  isJsonLog,
  logLevelOf,
  type RawOptions,
  resolveOptions,
  splitWords,
} from "./options.ts";
import { nearest } from "./suggest.ts";
import { Terminal } from "./terminal.ts";

/** What the program is given by the process it runs in. */
export interface Process {
  /** The words after the program's name. */
  args: readonly string[];
  /** The program's version. */
  version: string;
  env(name: string): string | undefined;
  /** Reads a whole file of at most `bytesMax` bytes as text. */
  readText(file: string, bytesMax: number): Promise<string>;
  writeOut(text: string): void;
  writeErr(text: string): void;
  /** Columns of stderr; undefined where it is no terminal. */
  columns(): number | undefined;
  /** Aborts when the program is asked to end. */
  signal: AbortSignal;
  /** Default the system's clock. */
  clock?: Clock;
  /** Default Math.random. */
  random?: () => number;
  /** Default {@linkcode COMMANDS}. */
  commands?: Readonly<Record<string, CommandEntry>>;
  /** The command that runs when none is named. */
  start?: () => Promise<{ default: Command }>;
}

/**
 * Runs one command line.
 *
 * @returns the exit code
 */
export async function runProgram(process: Process): Promise<number> {
  const terminal = new Terminal({
    writeOut: (text) => process.writeOut(text),
    writeErr: (text) => process.writeErr(text),
    columns: () => process.columns(),
    clock: process.clock ?? systemClock,
  });
  let thrown: unknown;
  try {
    await dispatch(process, terminal);
  } catch (error) {
    thrown = error ?? new AlluviumError("internal", "Unknown failure");
  }
  terminal.clear();
  const ending = endingOf(thrown, process.signal);
  if (ending.error) report(ending.error, terminal);
  return ending.code;
}

function report(error: AlluviumError, terminal: Terminal): void {
  terminal.log("error", error.describe());
  if (error.code === "usage") {
    terminal.log("info", "See alluvium --help, or alluvium COMMAND --help");
  }
  if (error.code === "internal" && error.cause instanceof Error) {
    terminal.log("debug", error.cause.stack ?? "");
  }
}

async function dispatch(process: Process, terminal: Terminal): Promise<void> {
  const commands = process.commands ?? COMMANDS;
  const start = process.start ?? (() => import("./start.ts"));
  const [first, ...rest] = process.args;
  if (first === undefined || first.startsWith("-")) {
    if (first === "--help" || first === "-h") {
      return process.writeOut(programHelp(commands));
    }
    if (first === "--version" || first === "-V") {
      return process.writeOut(`alluvium ${process.version}\n`);
    }
    return await runCommand((await start()).default, process.args, {
      process,
      terminal,
    });
  }
  const { entry, args } = find(first, rest, commands);
  await runCommand((await entry.load()).default, args, { process, terminal });
}

/** A command's name; or an address, which means `listen ADDRESS`. */
function find(
  word: string,
  rest: readonly string[],
  commands: Readonly<Record<string, CommandEntry>>,
): { entry: CommandEntry; args: readonly string[] } {
  const named = Object.hasOwn(commands, word) ? commands[word] : undefined;
  if (named) return { entry: named, args: rest };
  const listen = commands.listen;
  if (listen && /[/.:]/.test(word)) {
    return { entry: listen, args: [word, ...rest] };
  }
  const near = nearest(word, Object.keys(commands));
  const hint = near === undefined
    ? "alluvium --help lists the commands"
    : `did you mean ${near}?`;
  throw new AlluviumError("usage", `Unknown command "${word}": ${hint}`);
}

interface Surroundings {
  process: Process;
  terminal: Terminal;
}

async function runCommand(
  command: Command,
  args: readonly string[],
  around: Surroundings,
): Promise<void> {
  const { process, terminal } = around;
  const specs: OptionSpecs = { ...COMMON_OPTIONS, ...command.options };
  const { given, operands } = splitWords(args, specs);
  if (given.help) return process.writeOut(commandHelp(command));
  if (given.version) {
    return process.writeOut(`alluvium ${process.version}\n`);
  }
  const variables = fromEnvironment(specs, process.env);
  const file = given.config ?? variables.config;
  const config = file === undefined
    ? {}
    : await readConfig(String(file), specs, command, process);
  const options = resolveOptions(specs, [given, variables, config]);
  checkOperands(command, operands);
  await command.run(contextOf(options, operands, terminal, process));
}

async function readConfig(
  file: string,
  specs: OptionSpecs,
  command: Command,
  process: Process,
): Promise<RawOptions> {
  const text = await process.readText(file, CONFIG_BYTES_MAX);
  const names = Object.keys(process.commands ?? COMMANDS);
  return fromConfig(text, { file, specs, command: command.name, names });
}

function checkOperands(command: Command, operands: readonly string[]): void {
  const { min, max } = command.operands ?? { min: 0, max: 0 };
  if (operands.length >= min && operands.length <= max) return;
  const surplus = operands.length > max;
  throw new AlluviumError(
    "usage",
    surplus
      ? `Unexpected "${operands[max]}": the usage is alluvium ${command.usage}`
      : `Something is missing: the usage is alluvium ${command.usage}`,
  );
}

function contextOf(
  options: Record<string, unknown>,
  operands: readonly string[],
  terminal: Terminal,
  process: Process,
): CommandContext {
  terminal.level = logLevelOf(String(options["log-level"]));
  terminal.jsonLog = isJsonLog(String(options["log-format"]));
  return {
    options: options as CommandContext["options"],
    operands,
    clock: process.clock ?? systemClock,
    random: process.random ?? Math.random,
    log: terminal.log,
    json: options.json === true,
    out: (line) => terminal.out(line),
    emit: (document) => terminal.out(JSON.stringify(document)),
    signal: process.signal,
    progress: terminal,
    env: process.env,
  };
}
