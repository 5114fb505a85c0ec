/**
 * Playlists of media players as input: M3U (with or without `#EXTINF`), PLS and
 * XSPF. Only what they play and how long it is; where that lies is judged by
 * `player_files.ts`. Pure.
 *
 * @module
 */
import { AlluviumError } from "../errors.ts";
import { ITEM_DURATION_MS_MAX } from "../limits.ts";
import { type Attributes, readXml } from "../playlist/xml_reader.ts";

/** One entry. */
export interface PlayerEntry {
  /** A path or a URL, as the list has it. */
  location: string;
  /** The title that the list gives. */
  title?: string;
  /** The length that the list gives, in ms. */
  durationMs?: number;
}

/** Whether a file is a player's playlist, by its name. */
export function isPlayerPlaylist(name: string): boolean {
  return /\.(m3u8?|pls|xspf)$/i.test(name);
}

/**
 * Reads a player's playlist; which kind it is, its content says.
 *
 * @param bytes the file; UTF-8, or Latin-1 where it is not that
 * @param file its path, for errors
 * @throws AlluviumError `playlist-syntax` or `playlist-invalid` for an XSPF that
 *   is none, `playlist-too-large` past a limit of XML
 *
 * @example
 * ```ts
 * import { readPlayerPlaylist } from "./player_playlist.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const list = new TextEncoder().encode("#EXTM3U\n#EXTINF:61,A - B\na.mp3\n");
 * assertEquals(await readPlayerPlaylist(list, "x.m3u"), [
 *   { location: "a.mp3", title: "A - B", durationMs: 61_000 },
 * ]);
 * ```
 */
export function readPlayerPlaylist(
  bytes: Uint8Array,
  file: string,
): Promise<PlayerEntry[]> {
  const text = decoded(bytes);
  const head = text.trimStart().slice(0, 200).toLowerCase();
  if (head.startsWith("<")) return readXspf(bytes, file);
  return Promise.resolve(
    head.startsWith("[playlist]") ? readPls(text) : readM3u(text),
  );
}

function decoded(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder("latin1").decode(bytes); // Old .m3u files are that.
  }
}

function readM3u(text: string): PlayerEntry[] {
  const entries: PlayerEntry[] = [];
  let about: Omit<PlayerEntry, "location"> = {};
  for (const line of lines(text)) {
    const info = /^#EXTINF:\s*(-?[\d.]+)[^,]*,?(.*)$/i.exec(line);
    if (info) about = facts(info[2], Number(info[1]) * 1000);
    else if (!line.startsWith("#")) {
      entries.push({ location: line, ...about });
      about = {};
    }
  }
  return entries;
}

function readPls(text: string): PlayerEntry[] {
  const found = new Map<number, Record<string, string>>();
  for (const line of lines(text)) {
    const [, name, number, value] =
      /^(file|title|length)(\d{1,7})\s*=\s*(.*)$/i.exec(line) ?? [];
    if (name === undefined) continue;
    const entry = found.get(Number(number)) ?? {};
    entry[name.toLowerCase()] ??= value!;
    found.set(Number(number), entry);
  }
  return [...found.entries()].sort(([a], [b]) => a - b)
    .filter(([, { file }]) => file !== undefined && file !== "")
    .map(([, { file, title, length }]) => ({
      location: file!,
      ...facts(title, Number(length ?? NaN) * 1000),
    }));
}

/** XSPF 1: `trackList/track` with `location`, `title` and `duration` in ms. */
async function readXspf(
  bytes: Uint8Array,
  file: string,
): Promise<PlayerEntry[]> {
  const reader = new XspfReader();
  async function* pieces() {
    yield bytes;
  }
  await readXml(pieces(), file, reader);
  if (reader.isXspf) return reader.entries;
  throw new AlluviumError(
    "playlist-invalid",
    "Cannot read the list: wanted M3U, PLS or XSPF, got XML of another kind",
    { file },
  );
}

class XspfReader {
  readonly entries: PlayerEntry[] = [];
  isXspf = false;
  #open: string[] = [];
  #fields = new Map<string, string>();

  encoding(): void {}

  start(name: string, _attributes: Attributes): void {
    // Some writers forget the namespace.
    const local = name.replace(/^xspf:/, "");
    if (this.#open.length === 0) this.isXspf = local === "playlist";
    this.#open.push(local);
    if (local === "track") this.#fields.clear();
  }

  text(text: string): void {
    if (this.#open.at(-2) !== "track") return;
    const name = this.#open.at(-1)!;
    this.#fields.set(name, (this.#fields.get(name) ?? "") + text);
  }

  end(): void {
    if (this.#open.pop() !== "track") return;
    const location = this.#fields.get("location")?.trim();
    if (!location) return;
    const duration = Number(this.#fields.get("duration") ?? NaN);
    this.entries.push({
      location,
      ...facts(this.#fields.get("title"), duration),
    });
  }
}

/** Lines that say something, without blanks around them. */
function lines(text: string): string[] {
  return text.replace(/^\ufeff/, "").split(/\r\n?|\n/)
    .map((line) => line.trim()).filter((line) => line !== "");
}

function facts(
  title: string | undefined,
  durationMs: number,
): Omit<PlayerEntry, "location"> {
  const known = durationMs >= 1 && durationMs <= ITEM_DURATION_MS_MAX;
  const text = title?.trim() ?? "";
  return {
    ...(text === "" ? {} : { title: text }),
    ...(known ? { durationMs: Math.round(durationMs) } : {}),
  };
}
