/**
 * One item: from the text of its fields to an {@linkcode Item}, or to the
 * problem that costs it. What only the whole playlist can tell (its kind, the
 * order of times) is left to `parse.ts`. Pure.
 *
 * @module
 */
import { parseContentUrn } from "../hashtree/content_id.ts";
import { CONTENT_BYTES_MAX, ITEM_DURATION_MS_MAX } from "../limits.ts";
import { parseClockDuration, parseMilliseconds } from "./durations.ts";
import type { Field, RawItem } from "./feed.ts";
import type { Item } from "./playlist.ts";
import type { ProblemList } from "./problems.ts";
import { cleanText } from "./text.ts";
import { fileNameOf, quoted, readUrl, resolveName } from "./urls.ts";
import { parseTime } from "./w3cdtf.ts";
import type { Position } from "./xml_reader.ts";

/** Thrown within this file alone: the item is lost, and its problem is told. */
class ItemLost {}

/**
 * Judges an item.
 *
 * @param base the playlist's own URL
 * @param problems what is wrong is added here
 * @returns undefined where an error costs the item
 */
export function readItem(
  raw: RawItem,
  base: string,
  problems: ProblemList,
): Item | undefined {
  try {
    return new ItemReader(raw, base, problems).read();
  } catch (thrown) {
    if (thrown instanceof ItemLost) return undefined;
    throw thrown;
  }
}

class ItemReader {
  constructor(
    readonly raw: RawItem,
    readonly base: string,
    readonly problems: ProblemList,
  ) {}

  read(): Item {
    const url = this.#url();
    const startMs = this.#start();
    const durationMs = this.#duration() ?? this.#liveDuration(startMs);
    const title = this.#text("title") ?? fileNameOf(url);
    const creator = this.#text("dc:creator") ?? this.#text("itunes:author") ??
      this.#text("author");
    const type = this.#type();
    const about = resolveName(this.raw.about ?? "", this.base);
    // Set one by one: 100,000 spreads of optional fields cost a quarter second.
    const item: Item = { url, title, line: this.raw.line };
    if (creator !== undefined) item.creator = creator;
    if (startMs !== undefined) item.startMs = startMs;
    if (durationMs !== undefined) item.durationMs = durationMs;
    if (type !== undefined) item.type = type;
    if (about !== undefined) item.about = about;
    this.#content(item);
    return item;
  }

  #lost(code: string, message: string, at: Position): never {
    this.problems.error(code, message, at);
    throw new ItemLost();
  }

  #url(): string {
    const { enclosure, fields } = this.raw;
    const link = fields.get("link");
    const text = enclosure?.url ?? link?.text;
    const at = enclosure?.url === undefined ? link : enclosure;
    if (text === undefined || text.trim() === "" || !at) {
      return this.#lost(
        "item-without-url",
        "Item has no URL: give it a link or an enc:enclosure",
        this.raw,
      );
    }
    const read = readUrl(text, this.base);
    if ("url" in read) return read.url;
    const advice = read.reason === "bad-url"
      ? "is not a URL: write it whole, such as https://radio.example/a.mp3"
      : "cannot be fetched: use an http or https URL";
    return this.#lost(read.reason, `${quoted(text)} ${advice}`, at);
  }

  #start(): number | undefined {
    const field = this.raw.fields.get("ev:startdate");
    if (!field) return undefined;
    const time = parseTime(field.text);
    if (!time) {
      return this.#lost(
        "bad-date",
        `ev:startdate ${
          quoted(field.text)
        } is no time: write it as 2026-11-22T20:00:00Z`,
        field,
      );
    }
    if (!time.zoned) warnZone(this.problems, "ev:startdate", field);
    return time.ms;
  }

  #duration(): number | undefined {
    const { fields } = this.raw;
    const exact = fields.get("mm:duration");
    const field = exact ?? fields.get("itunes:duration");
    if (!field) return undefined;
    const ms = exact
      ? parseMilliseconds(field.text)
      : parseClockDuration(field.text);
    if (ms !== undefined) return ms;
    const [name, advice] = exact
      ? ["mm:duration", "write whole milliseconds, such as 188600 for 3:08.6"]
      : ["itunes:duration", "write seconds or HH:MM:SS"];
    return this.#lost(
      "bad-duration",
      `${name} ${quoted(field.text)} is not between 1 ms and ${
        ITEM_DURATION_MS_MAX / 86_400_000
      } days: ${advice}`,
      field,
    );
  }

  /** A live item says when it ends, not how long it is. */
  #liveDuration(startMs: number | undefined): number | undefined {
    const end = parseTime(this.raw.live?.end ?? "");
    if (!end || startMs === undefined) return undefined;
    return parseMilliseconds(String(end.ms - startMs));
  }

  #text(name: string): string | undefined {
    const field = this.raw.fields.get(name);
    if (!field) return undefined;
    const clean = cleanText(field.text);
    if (clean.hadControls) {
      this.problems.warning(
        "control-characters",
        `Control characters were taken out of the ${name}: remove them`,
        field,
      );
    }
    if (clean.cut) {
      this.problems.warning(
        "text-too-long",
        `The ${name} was cut to ${clean.text.length} characters: shorten it`,
        field,
      );
    }
    return clean.text === "" ? undefined : clean.text;
  }

  #type(): string | undefined {
    const text = this.raw.enclosure?.type ??
      this.raw.fields.get("dc:format")?.text;
    const type = text?.trim().toLowerCase() ?? "";
    // RFC 2045: type "/" subtype, then parameters.
    return /^[\w!#$&^.+-]+\/[\w!#$&^.+-]+(\s*;.{0,200})?$/.test(type)
      ? type
      : undefined;
  }

  /** Length and root: a root without a length counts as none. */
  #content(item: Item): void {
    const length = this.#length();
    if (length !== undefined) item.length = length;
    const field = this.raw.identifier;
    if (!field) return;
    const name = parseContentUrn(field.text);
    if (!name) {
      this.problems.warning(
        "bad-root",
        `${
          quoted(field.text)
        } is no root and is ignored: want 64 hex digits after urn:tree:sha256:`,
        field,
      );
    } else if (length === undefined) {
      this.problems.warning(
        "root-without-length",
        "The root is ignored, as there is no enc:length with it: give both",
        field,
      );
    } else {
      item.root = name.key;
    }
  }

  #length(): number | undefined {
    const enclosure = this.raw.enclosure;
    const text = enclosure?.length?.trim();
    if (!enclosure || text === undefined || text === "") return undefined;
    const length = /^\d+$/.test(text) ? Number(text) : 0;
    if (length >= 1 && length <= CONTENT_BYTES_MAX) return length;
    this.problems.warning(
      "bad-length",
      `Length ${
        quoted(text)
      } is ignored: write the file's bytes, or leave it out`,
      enclosure,
    );
    return undefined;
  }
}

/** Tells that a time counts as UTC because it names no zone. */
export function warnZone(
  problems: ProblemList,
  name: string,
  field: Field,
): void {
  problems.warning(
    "time-without-zone",
    `${name} ${
      quoted(field.text)
    } has no zone and counts as UTC: end it with Z or an offset such as +01:00`,
    field,
  );
}
