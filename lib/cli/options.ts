/**
 * From what was typed, configured and set in the environment to a command's
 * typed options. The command line beats `ALLUVIUM_*` variables, these beat the
 * `--config` file, that beats the defaults. Anything not understood is a usage
 * error that says what to type instead; nothing is guessed.
 *
 * Reading the config file and the environment is the caller's.
 *
 * @module
 */
import { parseArgs } from "@std/cli";
import type { LogLevel } from "../log.ts";
import { AlluviumError } from "../errors.ts";
import type { OptionSpec, OptionSpecs, OptionValues } from "./command.ts";
import { parseRate, parseSize } from "./quantities.ts";
import { nearest } from "./suggest.ts";

/** The options every command has. */
export const COMMON_OPTIONS = {
  help: { type: "boolean", short: "h", help: "Show this help" },
  version: { type: "boolean", short: "V", help: "Print the version" },
  json: {
    type: "boolean",
    help: "Print JSON on stdout, one document or one a line",
  },
  config: {
    type: "string",
    value: "FILE",
    help: "Read options from a JSON file, by their long names",
  },
  "log-level": {
    type: "string",
    value: "LEVEL",
    default: "info",
    help: "How much to say on stderr: debug, info, warn or error",
  },
  "log-format": {
    type: "string",
    value: "FORMAT",
    default: "text",
    help: "How to say it: text, or json for one object a line",
  },
} as const satisfies OptionSpecs;

/** Raw words: what a source gave for an option, before its type is applied. */
export type RawValue = string | boolean | string[];

/** Raw words by long option name. */
export type RawOptions = Record<string, RawValue>;

/** What was typed, split into options and the rest. */
export interface Words {
  given: RawOptions;
  operands: string[];
}

/**
 * Splits a command line.
 *
 * @param args the words after the command's name
 * @param specs every option that is allowed here
 * @throws AlluviumError "usage" for an unknown option or a missing value
 */
export function splitWords(args: readonly string[], specs: OptionSpecs): Words {
  const names = Object.keys(specs);
  const isBoolean = (name: string) => specs[name]!.type === "boolean";
  const alias: Record<string, string> = {};
  for (const name of names) {
    const short = specs[name]!.short;
    if (short !== undefined) alias[name] = short;
  }
  const parsed: Record<string, unknown> = parseArgs([...args], {
    boolean: names.filter(isBoolean),
    string: ["_", ...names.filter((name) => !isBoolean(name))],
    collect: names.filter((name) => !isBoolean(name)),
    alias,
    unknown: (_word, key) => {
      if (key !== undefined) throw unknownOption(key, names);
    },
  });
  const given: RawOptions = {};
  for (const name of names) {
    const value = typedValue(name, specs[name]!, parsed[name]);
    if (value !== undefined) given[name] = value;
  }
  return { given, operands: (parsed._ as unknown[]).map(String) };
}

function typedValue(
  name: string,
  spec: OptionSpec,
  value: unknown,
): RawValue | undefined {
  if (spec.type === "boolean") return value === true ? true : undefined;
  const list = (Array.isArray(value) ? value : []).map(String);
  if (list.length === 0) return undefined;
  if (list.includes("")) {
    throw new AlluviumError(
      "usage",
      `Missing value: --${name} wants ${valueName(spec)}`,
    );
  }
  return spec.type === "list" ? list : list.at(-1);
}

function unknownOption(key: string, names: string[]): AlluviumError {
  const near = nearest(key, names);
  const dash = key.length === 1 ? "-" : "--";
  const hint = near === undefined
    ? "--help lists the options"
    : `did you mean --${near}?`;
  return new AlluviumError("usage", `Unknown option ${dash}${key}: ${hint}`);
}

/** How an option's value is called in help: `URL`, `SIZE`. */
export function valueName(spec: OptionSpec): string {
  if (spec.value !== undefined) return spec.value;
  return { string: "TEXT", list: "TEXT", boolean: "" }[spec.type as string] ??
    spec.type.toUpperCase();
}

/** The environment variable of an option: `upload-limit` is `ALLUVIUM_UPLOAD_LIMIT`. */
export function variableName(option: string): string {
  return `ALLUVIUM_${option.toUpperCase().replaceAll("-", "_")}`;
}

/** Collects the options that are set in the environment; lists are split at commas. */
export function fromEnvironment(
  specs: OptionSpecs,
  env: (name: string) => string | undefined,
): RawOptions {
  const raw: RawOptions = {};
  for (const [name, spec] of Object.entries(specs)) {
    const text = env(variableName(name));
    if (text === undefined || text === "") continue;
    if (spec.type === "boolean") raw[name] = truth(text, variableName(name));
    else raw[name] = spec.type === "list" ? text.split(",") : text;
  }
  return raw;
}

function truth(text: string, place: string): boolean {
  if (["1", "true", "yes", "on"].includes(text.toLowerCase())) return true;
  if (["0", "false", "no", "off"].includes(text.toLowerCase())) return false;
  throw new AlluviumError(
    "usage",
    `Cannot read "${text}" of ${place}: want true or false`,
  );
}

/** What a config file is read for. */
export interface ConfigAbout {
  /** The file's name, for messages. */
  file: string;
  /** The options of the command that runs. */
  specs: OptionSpecs;
  /** Its name. */
  command: string;
  /** The names of all commands. */
  names: readonly string[];
}

/**
 * Reads the text of a `--config` file: one JSON object, options by long name,
 * and under a command's name an object for that command alone.
 *
 * @param text the file's text
 * @param about what it is read for
 * @throws AlluviumError "usage" for anything that is not such an object, or an unknown option of this command
 */
export function fromConfig(text: string, about: ConfigAbout): RawOptions {
  const { file, specs, command, names } = about;
  const all = jsonObject(text, file);
  const own = all[command] ?? {};
  if (typeof own !== "object" || own === null || Array.isArray(own)) {
    throw new AlluviumError(
      "usage",
      `Cannot use "${command}": want an object`,
      {
        file,
      },
    );
  }
  const raw: RawOptions = {};
  for (const [name, value] of Object.entries(all)) {
    // A name of another command's option is not an error at the top level.
    if (names.includes(name) || !(name in specs)) continue;
    raw[name] = rawOf(name, value, file);
  }
  for (const [name, value] of Object.entries(own)) {
    if (!(name in specs)) {
      const error = unknownOption(name, Object.keys(specs));
      throw new AlluviumError("usage", error.message, { file });
    }
    raw[name] = rawOf(name, value, file);
  }
  return raw;
}

function jsonObject(text: string, file: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    const detail = cause instanceof Error ? cause.message : String(cause);
    throw new AlluviumError("usage", `Cannot read the config file: ${detail}`, {
      file,
      cause,
    });
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    return value as Record<string, unknown>;
  }
  throw new AlluviumError(
    "usage",
    "Cannot use the config file: want one JSON object",
    { file },
  );
}

function rawOf(name: string, value: unknown, file: string): RawValue {
  if (typeof value === "number") return String(value);
  if (typeof value === "string" || typeof value === "boolean") return value;
  if (Array.isArray(value) && value.every((x) => typeof x === "string")) {
    return value;
  }
  throw new AlluviumError(
    "usage",
    `Cannot use "${name}": want a text, a number, true, false or a list of texts`,
    { file },
  );
}

/**
 * Gives every option its typed value.
 *
 * @param sources raw words, the strongest first
 * @throws AlluviumError "usage" for a value its type does not take
 */
export function resolveOptions<S extends OptionSpecs>(
  specs: S,
  sources: readonly RawOptions[],
): OptionValues<S> {
  const values: Record<string, unknown> = {};
  for (const [name, spec] of Object.entries(specs)) {
    const raw = sources.find((source) => name in source)?.[name];
    values[name] = raw === undefined ? absent(spec) : convert(name, spec, raw);
  }
  return values as OptionValues<S>;
}

function absent(spec: OptionSpec): unknown {
  if (spec.type === "boolean") return false;
  return spec.type === "list" ? [] : spec.default;
}

function convert(name: string, spec: OptionSpec, raw: RawValue): unknown {
  if (spec.type === "boolean") {
    if (typeof raw === "boolean") return raw;
    return truth(String(raw), `--${name}`);
  }
  if (spec.type === "list") return Array.isArray(raw) ? raw : [String(raw)];
  if (typeof raw !== "string") {
    throw new AlluviumError("usage", `Cannot use --${name}: want one value`);
  }
  return spec.type === "string" ? raw : numeric(name, spec, raw);
}

function numeric(name: string, spec: OptionSpec, raw: string): number {
  try {
    if (spec.type === "size") return parseSize(raw);
    if (spec.type === "rate") return parseRate(raw);
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    throw new AlluviumError("usage", `${detail} (--${name})`);
  }
  const { min = 0, max = Number.MAX_SAFE_INTEGER } = spec.type === "number"
    ? spec
    : {};
  const value = raw.trim() === "" ? NaN : Number(raw);
  if (value >= min && value <= max) return value;
  const bounds = max === Number.MAX_SAFE_INTEGER
    ? `at least ${min}`
    : `between ${min} and ${max}`;
  throw new AlluviumError(
    "usage",
    `Cannot use "${raw}" for --${name}: want a number ${bounds}`,
  );
}

/**
 * The log level of a `--log-level` value.
 *
 * @throws AlluviumError "usage" for any other word
 */
export function logLevelOf(text: string): LogLevel {
  if (
    text === "debug" || text === "info" || text === "warn" || text === "error"
  ) return text;
  throw new AlluviumError(
    "usage",
    `Cannot use "${text}" for --log-level: want debug, info, warn or error`,
  );
}

/**
 * Whether a `--log-format` value asks for JSON.
 *
 * @throws AlluviumError "usage" for any word but text and json
 */
export function isJsonLog(text: string): boolean {
  if (text === "text" || text === "json") return text === "json";
  throw new AlluviumError(
    "usage",
    `Cannot use "${text}" for --log-format: want text or json`,
  );
}
