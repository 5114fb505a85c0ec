/**
 * The channel: title, gateways, the rotation's anchor and the pace of
 * refreshing, from the text of its fields. Nothing wrong here costs an item.
 * Pure.
 *
 * @module
 */
import {
  PLAYLIST_GATEWAYS_MAX,
  PLAYLIST_TEXT_CHARACTERS_MAX,
} from "../limits.ts";
import { updateInterval } from "./durations.ts";
import type { RawChannel } from "./feed.ts";
import { warnZone } from "./items.ts";
import type { Playlist } from "./playlist.ts";
import type { ProblemList } from "./problems.ts";
import { cleanText } from "./text.ts";
import { fileNameOf, quoted, readUrl } from "./urls.ts";
import { parseTime } from "./w3cdtf.ts";

/** What a playlist takes from its channel. */
export type ChannelPart = Pick<
  Playlist,
  | "title"
  | "link"
  | "description"
  | "gateways"
  | "anchorMs"
  | "updateIntervalMs"
>;

/**
 * Judges the channel.
 *
 * @param base the playlist's own URL
 * @param problems what is wrong is added here, as warnings
 */
export function readChannel(
  raw: RawChannel,
  base: string,
  problems: ProblemList,
): ChannelPart {
  const text = (name: string, max?: number) => {
    const found = raw.fields.get(name);
    return found ? cleanText(found.text, max).text : "";
  };
  const link = readUrl(text("link"), base);
  const description = text("description", PLAYLIST_TEXT_CHARACTERS_MAX);
  const updateIntervalMs = intervalOf(raw, problems);
  return {
    title: text("title") || URL.parse(base)?.host || fileNameOf(base),
    ...("url" in link ? { link: link.url } : {}),
    ...(description === "" ? {} : { description }),
    gateways: gatewaysOf(raw, base, problems),
    anchorMs: anchorOf(raw, problems),
    ...(updateIntervalMs === undefined ? {} : { updateIntervalMs }),
  };
}

function gatewaysOf(
  raw: RawChannel,
  base: string,
  problems: ProblemList,
): string[] {
  const urls = new Set<string>();
  for (const field of raw.gateways) {
    const read = readUrl(field.text, base);
    if ("url" in read && urls.size < PLAYLIST_GATEWAYS_MAX) urls.add(read.url);
    else {
      const want = "url" in read
        ? `more than ${PLAYLIST_GATEWAYS_MAX} are not used`
        : "want an http or https URL";
      problems.warning(
        "bad-gateway",
        `Gateway ${quoted(field.text)} is ignored: ${want}`,
        field,
      );
    }
  }
  return [...urls];
}

/** `sy:updateBase`, else `dc:date`, else the epoch. */
function anchorOf(raw: RawChannel, problems: ProblemList): number {
  for (const name of ["sy:updateBase", "dc:date"]) {
    const field = raw.fields.get(name);
    if (!field) continue;
    const time = parseTime(field.text);
    if (time) {
      if (!time.zoned) warnZone(problems, name, field);
      return time.ms;
    }
    problems.warning(
      "bad-date",
      `${name} ${
        quoted(field.text)
      } is no time and is ignored: write it as 2026-11-22T20:00:00Z`,
      field,
    );
  }
  return 0;
}

/** `sy:updatePeriod` and `sy:updateFrequency`, else RSS 2.0's `ttl` in minutes. */
function intervalOf(
  raw: RawChannel,
  problems: ProblemList,
): number | undefined {
  const period = raw.fields.get("sy:updatePeriod");
  const frequency = raw.fields.get("sy:updateFrequency");
  if (!period && !frequency) {
    const minutes = Number(raw.fields.get("ttl")?.text.trim() || NaN);
    return minutes > 0 ? Math.round(minutes * 60_000) : undefined;
  }
  const interval = updateInterval(period?.text, frequency?.text);
  if (interval === undefined) {
    problems.warning(
      "bad-update",
      "sy:updatePeriod and sy:updateFrequency are ignored: write hourly, daily, weekly, monthly or yearly, and a whole number of times",
      period ?? frequency,
    );
  }
  return interval;
}
