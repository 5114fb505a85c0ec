/**
 * Whether the media are what the playlist says: there, as long as stated, of
 * the stated type, to be had in parts, with a hash tree that proves the stated
 * root. Warnings; each file is asked for once, each origin blamed once for what
 * is the origin's.
 *
 * @module
 */
import type { Clock } from "../../clock.ts";
import { toAlluviumError } from "../../errors.ts";
import { fromHex } from "../../hashtree/content_id.ts";
import { readSidecar } from "../../hashtree/sidecar.ts";
import { CHECK_PROBES_AT_ONCE, CHECK_PROBES_MAX } from "../../limits.ts";
import type { Item } from "../../playlist/playlist.ts";
import type { ProblemList } from "../../playlist/problems.ts";
import type { JudgedItem } from "./mount_checks.ts";
import { type Probe, probe } from "./probe.ts";

/** How media are checked. */
export interface MediaCheckOptions {
  problems: ProblemList;
  clock: Clock;
  fetch: typeof fetch;
  signal: AbortSignal;
  /** Told of each file that was asked for. */
  onProgress(done: number, total: number): void;
}

/**
 * Checks the media of items.
 *
 * @returns the files that were asked for, each once, `CHECK_PROBES_MAX` at most;
 *   with their facts, where those could be found out
 * @throws the signal's reason when it aborts
 */
export async function checkMedia(
  items: readonly Item[],
  options: MediaCheckOptions,
): Promise<Partial<JudgedItem>[]> {
  const once = new Map(items.map((item) => [item.url, item]));
  const list = [...once.values()].slice(0, CHECK_PROBES_MAX);
  const found: Probe[] = [];
  let next = 0;
  let done = 0;
  const hand = async () => {
    while (next < list.length) {
      const index = next++;
      const { url, length } = list[index]!;
      found[index] = await probe(url, { ...options, length });
      options.onProgress(++done, list.length);
    }
  };
  await Promise.all(Array.from({ length: CHECK_PROBES_AT_ONCE }, hand));
  const judge = new Judge(options.problems);
  list.forEach((item, i) => judge.judge(item, found[i]!));
  return list.map((item, i) => {
    const facts = found[i]!.track;
    return { item, ...(facts ? { facts } : {}) };
  });
}

class Judge {
  readonly #rangeless = new Set<string>();

  constructor(readonly problems: ProblemList) {}

  judge(item: Item, found: Probe): void {
    if (found.trouble !== undefined) {
      return this.#warn(
        item,
        "media-unreachable",
        `cannot be had: ${found.trouble}; put it there or take the item out`,
      );
    }
    this.#judgeRanges(item, found);
    this.#judgeType(item, found);
    const { length } = item;
    if (length === undefined) return;
    if (found.length !== undefined && found.length !== length) {
      return this.#warn(
        item,
        "media-length",
        `has ${found.length} bytes, the playlist says ${length}: run alluvium broadcast again`,
      );
    }
    this.#judgeTree(item, length, found);
  }

  #judgeRanges(item: Item, { ranges }: Probe): void {
    const { origin } = new URL(item.url);
    if (ranges !== false || this.#rangeless.has(origin)) return;
    this.#rangeless.add(origin);
    this.problems.warning(
      "origin-without-range",
      `${origin} gives no parts of files (Range), so every listener must fetch whole ones from it: use a server that does`,
      { line: item.line ?? 1 },
    );
  }

  #judgeType(item: Item, found: Probe): void {
    const [stated, served] = [item.type, found.type].map((type) =>
      type?.split(";")[0]?.trim().toLowerCase()
    );
    // What a server does not know it calls this, or nothing.
    if (!stated || !served || served === "application/octet-stream") return;
    if (sameType(stated, served)) return;
    this.#warn(
      item,
      "media-type",
      `is served as ${served}, the playlist says ${stated}: correct one of them`,
    );
  }

  #judgeTree(item: Item, length: number, found: Probe): void {
    const { tree, strangeAt } = found;
    if (tree === undefined || item.root === undefined) return;
    try {
      readSidecar(tree, length, fromHex(item.root));
      if (strangeAt !== undefined) {
        this.#warn(
          item,
          "media-root",
          `is not the file that the playlist's root names (its bytes from ${strangeAt} on are others), so nobody will play it: run alluvium broadcast again`,
        );
      }
    } catch (error) {
      const detail = toAlluviumError(error).message.replace(/^.*?: /, "");
      this.#warn(
        item,
        "tree-mismatch",
        `has a .tree that does not prove the playlist's root (${detail}): run alluvium broadcast again`,
      );
    }
  }

  #warn(item: Item, code: string, message: string): void {
    this.problems.warning(code, `${item.url} ${message}`, {
      line: item.line ?? 1,
    });
  }
}

/** Old names of the same type. */
const ALIASES: Readonly<Record<string, string>> = {
  "audio/mp3": "audio/mpeg",
  "audio/x-mpeg": "audio/mpeg",
  "audio/opus": "audio/ogg",
  "application/ogg": "audio/ogg",
  "video/ogg": "audio/ogg",
  "audio/x-flac": "audio/flac",
  "audio/x-m4a": "audio/mp4",
  "video/mp4": "audio/mp4",
  "audio/aacp": "audio/aac",
  "audio/x-wav": "audio/wav",
  "video/webm": "audio/webm",
};

function sameType(a: string, b: string): boolean {
  return (ALIASES[a] ?? a) === (ALIASES[b] ?? b);
}
