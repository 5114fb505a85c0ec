/**
 * From the text of a programme file to a {@linkcode Station}. Every field has its
 * meaning in `station_text.ts`, which writes them all; every error names line
 * and field. Pure.
 *
 * @module
 */
import {
  ARTIST_DISTANCE_MAX,
  HORIZON_DAYS_MAX,
  STATION_GATEWAYS_MAX,
  STATION_TABLES_MAX,
} from "../limits.ts";
import { parseTime } from "../playlist/w3cdtf.ts";
import { FieldReader } from "./field_reader.ts";
import {
  type Block,
  HORIZON_DAYS_DEFAULT,
  type Music,
  type Order,
  REFRESH_SECONDS_DEFAULT,
  type Source,
  type Station,
  type StationEvent,
} from "./station.ts";
import { readBlockTime, readEventTime } from "./time_fields.ts";
import { readToml } from "./toml_values.ts";
import { isTimeZone, localToMs } from "./zone.ts";

/**
 * Reads a programme file.
 *
 * @param text the file's content
 * @param file its path, for errors
 * @throws AlluviumError `programme-file` with line, column and field
 *
 * @example
 * ```ts
 * import { readStation } from "./station_reader.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const station = readStation(`
 *   time-zone = "Europe/Vienna"
 *   [fill]
 *   folder = "music"
 * `, "station.toml");
 * assertEquals(station.fill?.order, "shuffled");
 * assertEquals(station.horizonDays, 7);
 * ```
 */
export function readStation(text: string, file: string): Station {
  const root = new FieldReader(readToml(text, file), "", file);
  const timeZone = zoneOf(root);
  const startMs = startOf(root, timeZone);
  const fill = root.section("fill");
  const station: Station = {
    ...optional(root, "title", "title"),
    ...optional(root, "description", "description"),
    ...address(root, "link", "link"),
    ...baseUrlOf(root),
    gateways: gatewaysOf(root),
    timeZone,
    ...(startMs === undefined ? {} : { startMs }),
    seed: root.text("seed") ?? "",
    refreshSeconds: root.number(
      "refresh-seconds",
      { min: 5, max: 900 },
      REFRESH_SECONDS_DEFAULT,
    ),
    horizonDays: root.number(
      "horizon-days",
      { min: 1, max: HORIZON_DAYS_MAX },
      HORIZON_DAYS_DEFAULT,
    ),
    keepDays: root.number("keep-days", { min: 0, max: 31 }, 1),
    ...(fill ? { fill: readFill(fill) } : {}),
    ...fillerOf(root),
    blocks: root.tables("block", STATION_TABLES_MAX)
      .map((table, i) => readBlock(table, i)),
    events: root.tables("event", STATION_TABLES_MAX)
      .map((table, i) => readEvent(table, i)),
  };
  root.finish();
  assertNames(root, station);
  return station;
}

function optional<K extends string>(
  fields: FieldReader,
  field: string,
  key: K,
): { [P in K]?: string } {
  const text = fields.text(field);
  return (text === undefined || text === "" ? {} : { [key]: text }) as {
    [P in K]?: string;
  };
}

function address<K extends string>(
  fields: FieldReader,
  field: string,
  key: K,
): { [P in K]?: string } {
  const found = optional(fields, field, key);
  const text = found[key];
  if (text !== undefined) assertAddress(fields, field, text);
  return found;
}

function baseUrlOf(root: FieldReader): { baseUrl?: string } {
  const found = address(root, "base-url", "baseUrl");
  if (!/[?#]/.test(found.baseUrl ?? "")) return found;
  root.fail("base-url", "wants a folder's address, without ? and #");
}

function gatewaysOf(root: FieldReader): string[] {
  const texts = root.texts("gateways", STATION_GATEWAYS_MAX) ?? [];
  for (const text of texts) assertAddress(root, "gateways", text);
  return texts;
}

function assertAddress(fields: FieldReader, field: string, text: string): void {
  const { protocol } = URL.parse(text) ?? {};
  if (protocol === "http:" || protocol === "https:") return;
  fields.fail(
    field,
    `"${text}" is no address: write it whole, such as https://radio.example/`,
  );
}

function fillerOf(root: FieldReader): { filler?: string } {
  const filler = folderOf(root.text("filler") ?? "");
  return filler === "" ? {} : { filler };
}

function zoneOf(root: FieldReader): string {
  const zone = root.text("time-zone") ?? "UTC";
  if (isTimeZone(zone)) return zone;
  root.fail(
    "time-zone",
    `"${zone}" is none: write one such as "Europe/Vienna"`,
  );
}

/** With an offset it is that moment; without one it is in the station's zone. */
function startOf(root: FieldReader, timeZone: string): number | undefined {
  const text = root.text("start");
  if (text === undefined) return undefined;
  const time = parseTime(text);
  if (!time) root.fail("start", "wants a time such as 2026-11-22T20:00:00Z");
  const isDate = /^\d{4}-\d\d-\d\d$/.test(text.trim());
  if (time.zoned && !isDate) return time.ms;
  const local = new Date(time.ms).toISOString();
  return localToMs(local.slice(0, 10), local.slice(11, 19), timeZone);
}

function readFill(fields: FieldReader): Music {
  const music = readMusic(fields, "fill");
  fields.finish();
  return music;
}

function readBlock(fields: FieldReader, index: number): Block {
  const block: Block = {
    ...readMusic(fields, fields.text("name") ?? `block ${index + 1}`),
    time: readBlockTime(fields),
    repeat: fields.flag("repeat", true),
  };
  fields.finish();
  return block;
}

function readEvent(fields: FieldReader, index: number): StationEvent {
  const event: StationEvent = {
    name: fields.text("name") ?? `event ${index + 1}`,
    ...readSource(fields, "in-order"),
    time: readEventTime(fields),
    line: fields.line,
  };
  fields.finish();
  return event;
}

function readMusic(fields: FieldReader, name: string): Music {
  const jingles = fields.text("jingles");
  return {
    name,
    ...readSource(fields, "shuffled"),
    artistDistance: fields.number(
      "artist-distance",
      { min: 0, max: ARTIST_DISTANCE_MAX },
      0,
    ),
    ...(jingles === undefined ? {} : { jingles: folderOf(jingles) }),
    jingleEvery: fields.number("jingle-every", { min: 1, max: 1000 }, 4),
    last: fields.word("last", ["cut", "finish", "fit"], "fit"),
    line: fields.line,
  };
}

function readSource(fields: FieldReader, order: Order): Source {
  const folder = fields.text("folder");
  const file = fields.text("file");
  const playlist = fields.text("playlist");
  const given = [folder, file, playlist].filter((x) => x !== undefined);
  if (given.length !== 1) {
    fields.fail("folder", "is wanted: give one of folder, file and playlist");
  }
  return {
    folder: folderOf(folder ?? file ?? ""),
    ...(playlist === undefined ? {} : { playlist: folderOf(playlist) }),
    order: fields.word(
      "order",
      ["in-order", "shuffled"],
      playlist === undefined ? order : "in-order",
    ),
  };
}

/** Paths as the Broadcaster lists them: with `/`, relative, without `.`. */
function folderOf(text: string): string {
  return text.replaceAll("\\", "/").split("/")
    .filter((part) => part !== "" && part !== ".").join("/");
}

/** A name is what a block's place is remembered by. */
function assertNames(root: FieldReader, station: Station): void {
  const seen = new Set<string>(["fill"]);
  const named = [
    ...station.blocks.map(({ name, line }) => ["block", name, line] as const),
    ...station.events.map(({ name, line }) => ["event", name, line] as const),
  ];
  for (const [kind, name, line = 1] of named) {
    if (seen.has(name)) {
      new FieldReader({ line, fields: new Map() }, `[[${kind}]]`, root.file)
        .fail("name", `"${name}" is taken already: give another`);
    }
    seen.add(name);
  }
}
