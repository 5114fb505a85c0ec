/**
 * Which of a station's streams suits whoever asks for `/stream`: by what it says
 * it accepts, then by what its name is known to play. Pure.
 *
 * @module
 */

/** A stream that can be chosen. */
export interface Candidate {
  /** E.g. `/stream.mp3`. */
  path: string;
  /** Its media type. */
  contentType: string;
}

/** What was chosen, and why, as a header's value says it. */
export interface Choice {
  path: string;
  reason: string;
}

const BROWSER = /Mozilla\/5\.0 .*(Chrome|Chromium|Firefox|Edg|OPR)\//;

/** Whether a browser asks, which plays no chained Ogg. */
export function isBrowser(userAgent: string): boolean {
  return BROWSER.test(userAgent);
}

/** Players by what their user agent contains, and the types they play best. */
const PLAYERS: readonly { name: string; test: RegExp; types: RegExp[] }[] = [
  {
    name: "Apple devices and televisions play HLS",
    test:
      /AppleCoreMedia|iPhone|iPad|iPod|AppleTV|Tizen|Web0S|webOS|SMART-TV|HbbTV|Roku|(?<!Chrome\/.*)Version\/[\d.]+.* Safari\//,
    types: [/mpegurl/, /audio\/mpeg/, /audio\/aac/, /mp2t/],
  },
  {
    name: "browsers play one logical stream",
    test: BROWSER,
    types: [
      /video\/webm/,
      /audio\/webm/,
      /audio\/mpeg/,
      /audio\/aac/,
      /mpegurl/,
    ],
  },
  {
    name: "this player plays every container",
    test:
      /VLC|LibVLC|mpv|Lavf|ffmpeg|Kodi|MPlayer|GStreamer|MPD|Music Player Daemon/i,
    types: [/mp2t/, /video\/webm/, /ogg/, /audio\/mpeg/, /audio\/aac/],
  },
];

/** What the rest play: what every radio plays first. */
const COMMON = [/audio\/mpeg/, /audio\/aac/, /ogg/, /webm/, /mp2t/, /mpegurl/];

/** Other names of the types that streams have. */
const ALIASES: Readonly<Record<string, string>> = {
  "audio/mp3": "audio/mpeg",
  "audio/aacp": "audio/aac",
  "audio/x-aac": "audio/aac",
  "audio/opus": "audio/ogg",
  "audio/vorbis": "audio/ogg",
  "application/ogg": "audio/ogg",
  "application/x-mpegurl": "application/vnd.apple.mpegurl",
  "audio/mpegurl": "application/vnd.apple.mpegurl",
  "audio/x-mpegurl": "application/vnd.apple.mpegurl",
};

/**
 * Chooses: what is refused (`q=0`, or not named where nothing else is taken) is
 * left out, unless nothing would be left. A type asked for by its name comes
 * first, if no range of types is asked for more; else what the player is known to
 * play decides.
 *
 * @param candidates in the order they were made
 * @param accept the header of that name, or ""
 * @param userAgent likewise
 * @returns undefined when there are no candidates
 */
export function chooseStream(
  candidates: readonly Candidate[],
  accept: string,
  userAgent: string,
): Choice | undefined {
  const wishes = readAccept(accept);
  const taken = candidates.filter(({ contentType }) =>
    wishes.length === 0 || weightOf(contentType, wishes) > 0
  );
  const choosable = taken.length > 0 ? taken : candidates;
  return byName(choosable, wishes) ?? byPlayer(choosable, userAgent);
}

function byPlayer(
  candidates: readonly Candidate[],
  userAgent: string,
): Choice | undefined {
  const player = PLAYERS.find(({ test }) => test.test(userAgent));
  const types = player?.types ?? COMMON;
  // MPEG-TS comes first where it has pictures; of sound alone there is better.
  const hasFilm = candidates[0]?.contentType.startsWith("video/") ?? false;
  for (const type of types) {
    const isOnlySound = /mp2t/.test(type.source) && !hasFilm;
    const found = candidates.find(({ contentType }) => type.test(contentType));
    if (found === undefined || isOnlySound) continue;
    const why = player?.name ?? "every player plays it";
    return { path: found.path, reason: `${found.contentType}; ${why}` };
  }
  const [first] = candidates;
  return first &&
    { path: first.path, reason: `${first.contentType}; there is no better` };
}

/** A type or range of types, and how much it is wished for, 0 to 1. */
interface Wish {
  type: string;
  weight: number;
}

/** The ranges of an Accept header (RFC 9110, 12.5.1). */
function readAccept(accept: string): Wish[] {
  return accept.split(",").map((part) => {
    const [name = "", ...parameters] = part.toLowerCase().split(";")
      .map((x) => x.trim());
    const q = parameters.find((x) => x.startsWith("q="));
    const weight = q === undefined ? 1 : Number(q.slice(2)) || 0;
    return { type: ALIASES[name] ?? name, weight };
  }).filter(({ type }) => type.includes("/"));
}

/** How much a type is wished for: by the most exact range that holds it. */
function weightOf(contentType: string, wishes: readonly Wish[]): number {
  const family = contentType.replace(/\/.*/, "/*");
  for (const range of [contentType, family, "*/*"]) {
    const found = wishes.filter(({ type }) => type === range);
    if (found.length > 0) return Math.max(...found.map((x) => x.weight));
  }
  return 0;
}

/** The stream whose type is asked for by name with the highest weight; ranges say nothing of what a player plays best. */
function byName(
  candidates: readonly Candidate[],
  wishes: readonly Wish[],
): Choice | undefined {
  const weights = candidates.map(({ contentType }) =>
    weightOf(contentType, wishes)
  );
  const named = wishes.filter(({ type, weight }) =>
    !type.includes("*") && weight > 0 && weight >= Math.max(...weights)
  );
  for (const { type } of named) {
    const found = candidates.find(({ contentType }) => contentType === type);
    if (found === undefined) continue;
    return { path: found.path, reason: `${type}; Accept asks for it` };
  }
  return undefined;
}
