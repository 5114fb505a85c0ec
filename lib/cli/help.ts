/**
 * Help a person can learn from: what the command is for, how it is typed, two
 * examples that work, then every option with its default. Pure text, so that a
 * test can read it.
 *
 * @module
 */
import type { Command, OptionSpec, OptionSpecs } from "./command.ts";
import type { CommandEntry } from "./commands.ts";
import { COMMON_OPTIONS, valueName } from "./options.ts";
import { formatRate, formatSize } from "./quantities.ts";

const WIDTH = 80;

/** The help of one command. */
export function commandHelp(command: Command): string {
  const parts = [
    `${command.summary}.`,
    `Usage: alluvium ${command.usage}`,
    wrap(command.help.about),
    examples(command),
    ...optionGroups(command.options),
    optionTable("Common options", COMMON_OPTIONS),
    wrap(
      "Every option can also be set in the environment, as ALLUVIUM_ and its " +
        "name (ALLUVIUM_PORT), or in a file named by --config. The command " +
        "line wins.",
    ),
  ];
  return parts.filter((part) => part !== "").join("\n\n") + "\n";
}

/** The help of the program as a whole. */
export function programHelp(
  commands: Readonly<Record<string, CommandEntry>>,
): string {
  const rows = Object.entries(commands).map((
    [name, entry],
  ): [string, string] => [name, entry.summary]);
  return [
    "Alluvium: radio that its listeners carry.",
    "Usage: alluvium URL                 tune in to the station at URL\n" +
    "       alluvium                     open the start page\n" +
    "       alluvium COMMAND [options]   one of the commands below",
    `Commands:\n${table(rows)}`,
    `Examples:
  Hear a whole station and its listeners on this machine:
    alluvium demo
  Tune in, then open http://127.0.0.1:8000/ in a browser:
    alluvium https://radio.example/playlist.rss`,
    optionTable("Common options", COMMON_OPTIONS),
    "alluvium COMMAND --help tells about one command.",
  ].join("\n\n") + "\n";
}

function examples(command: Command): string {
  const { examples } = command.help;
  if (examples.length === 0) return "";
  const lines = examples.map(({ does, line }) => `  ${does}:\n    ${line}`);
  return `Examples:\n${lines.join("\n")}`;
}

function optionGroups(specs: OptionSpecs): string[] {
  // Whatever order the specs come in, the command's own options are first.
  const groups = new Map<string, Record<string, OptionSpec>>([["Options", {}]]);
  for (const [name, spec] of Object.entries(specs)) {
    const group = spec.group ?? "Options";
    groups.set(group, { ...groups.get(group), [name]: spec });
  }
  return [...groups].filter(([, own]) => Object.keys(own).length > 0)
    .map(([group, own]) => optionTable(group, own));
}

function optionTable(title: string, specs: OptionSpecs): string {
  const rows = Object.entries(specs).map((
    [name, spec],
  ): [string, string] => [flag(name, spec), spec.help + defaultOf(spec)]);
  return `${title}:\n${table(rows)}`;
}

function flag(name: string, spec: OptionSpec): string {
  const short = spec.short === undefined ? "" : `-${spec.short}, `;
  const value = spec.type === "boolean" ? "" : ` ${valueName(spec)}`;
  const again = spec.type === "list" ? " …" : "";
  return `${short}--${name}${value}${again}`;
}

function defaultOf(spec: OptionSpec): string {
  if (!("default" in spec) || spec.default === undefined) return "";
  const value = spec.default;
  if (typeof value === "string") return ` (default ${value})`;
  if (spec.type === "size") return ` (default ${formatSize(value)})`;
  if (spec.type === "rate") return ` (default ${formatRate(value)})`;
  return ` (default ${value})`;
}

/** Two columns, the right one wrapped under itself. */
function table(rows: readonly [string, string][]): string {
  const left = Math.min(24, Math.max(...rows.map(([name]) => name.length)));
  const indent = " ".repeat(left + 4);
  return rows.map(([name, text]) => {
    const lines = wrap(text, WIDTH - indent.length).split("\n");
    const first = name.length > left
      ? `  ${name}\n${indent}${lines[0]}`
      : `  ${name.padEnd(left)}  ${lines[0]}`;
    return [first, ...lines.slice(1).map((line) => indent + line)].join("\n");
  }).join("\n");
}

/** Wraps each paragraph (paragraphs are parted by an empty line) at `width`. */
function wrap(text: string, width: number = WIDTH): string {
  return text.split("\n\n").map((paragraph) => {
    const lines: string[] = [];
    let line = "";
    for (const word of paragraph.split(/\s+/)) {
      if (line !== "" && line.length + 1 + word.length > width) {
        lines.push(line);
        line = "";
      }
      line += line === "" ? word : ` ${word}`;
    }
    return [...lines, line].join("\n");
  }).join("\n\n");
}
