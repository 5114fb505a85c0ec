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

/**
 * Chooses.
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
  const accepted = byAccept(candidates, accept);
  if (accepted !== undefined) return accepted;
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
  return first && { path: first.path, reason: "it is the only one" };
}

/** The type asked for by name with the highest weight; `*` says nothing. */
function byAccept(
  candidates: readonly Candidate[],
  accept: string,
): Choice | undefined {
  const wishes = accept.split(",").map((part) => {
    const [type = "", ...parameters] = part.toLowerCase().split(";")
      .map((x) => x.trim());
    const q = parameters.find((x) => x.startsWith("q="));
    const weight = q === undefined ? 1 : Number(q.slice(2)) || 0;
    return { type, weight };
  }).filter(({ type, weight }) =>
    /^(audio|video|application)\/[^*]+$/.test(type) && weight > 0
  ).toSorted((a, b) => b.weight - a.weight);
  for (const { type } of wishes) {
    const found = candidates.find(({ contentType }) => contentType === type);
    if (found === undefined) continue;
    return { path: found.path, reason: `${type}; Accept asks for it` };
  }
  return undefined;
}
