/**
 * TOML as located values: what stands where, so that a wrong field is named with
 * its line and its column. Syntax is the library's; dates and times stay text,
 * since they are local to a station's zone. Pure.
 *
 * @module
 */
import { parseDocument, type TomlDocument } from "@decimalturn/toml-patch";
import { AlluviumError, toAlluviumError } from "../errors.ts";
import { STATION_FILE_CHARACTERS_MAX } from "../limits.ts";

/** A value with its place; dates and times as they are written. */
export interface TomlValue {
  value: string | number | boolean | TomlValue[] | TomlTable;
  /** From 1. */
  line: number;
  /** From 1. */
  column: number;
}

/** Fields by name. */
export class TomlTable {
  readonly fields: Map<string, TomlValue> = new Map();

  /** @param line where the table begins, from 1 */
  constructor(readonly line: number) {}
}

type Node = TomlDocument["cst"][number];
type KeyValue = Extract<Node, { equals: number }>;
type Value = KeyValue["value"];

/**
 * Reads a document.
 *
 * @param file named in errors
 * @throws AlluviumError `programme-file` with line and column where it is no TOML
 */
export function readToml(text: string, file: string): TomlTable {
  if (text.length > STATION_FILE_CHARACTERS_MAX) {
    throw new AlluviumError(
      "programme-file",
      `Cannot read the programme file: wanted at most ${STATION_FILE_CHARACTERS_MAX} characters, got ${text.length}`,
      { file },
    );
  }
  const root = new TomlTable(1);
  for (const node of parsed(text, file)) addNode(root, node);
  return root;
}

function parsed(text: string, file: string): Node[] {
  try {
    const document = parseDocument(text);
    void document.toJsObject; // Finds what is defined twice.
    return document.cst;
  } catch (cause) {
    const { message } = toAlluviumError(cause);
    const { line, column } = cause as { line?: number; column?: number };
    // The library shows the line too; the detail is its last.
    const detail = message.trim().split("\n").at(-1)!;
    throw new AlluviumError(
      "programme-file",
      `Cannot read the programme file as TOML: ${detail}`,
      {
        file,
        cause,
        ...(line === undefined ? {} : { line }),
        ...(column === undefined ? {} : { column: column + 1 }),
      },
    );
  }
}

function addNode(root: TomlTable, node: Node): void {
  if ("equals" in node) return addField(root, node);
  if (!("items" in node)) return; // A comment.
  const { line, column } = place(node);
  const name = node.key.item.value.join(".");
  const table = new TomlTable(line);
  for (const item of node.items) {
    if ("equals" in item) addField(table, item);
  }
  const value = { value: table, line, column };
  if (`${node.type}` === "Table") return void root.fields.set(name, value);
  const before = root.fields.get(name)?.value;
  if (Array.isArray(before)) before.push(value);
  else root.fields.set(name, { value: [value], line, column });
}

function addField(table: TomlTable, node: KeyValue): void {
  const name = node.key.value.join(".");
  table.fields.set(name, valueOf(node.value));
}

function valueOf(node: Value): TomlValue {
  return { value: bareValue(node), ...place(node) };
}

function bareValue(node: Value): TomlValue["value"] {
  if ("items" in node) {
    if (`${node.type}` === "InlineArray") {
      return node.items.map(({ item }) => valueOf(item as Value));
    }
    const table = new TomlTable(place(node).line);
    for (const { item } of node.items) addField(table, item as KeyValue);
    return table;
  }
  // Dates and times are not of any zone yet.
  if (`${node.type}` === "DateTime") return "raw" in node ? node.raw : "";
  const { value } = node;
  return typeof value === "bigint" ? Number(value) : value as string;
}

function place(node: { loc: { start: { line: number; column: number } } }) {
  const { line, column } = node.loc.start;
  return { line, column: column + 1 };
}
