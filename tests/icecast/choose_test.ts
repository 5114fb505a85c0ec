import { assertEquals } from "@std/assert";
import { type Candidate, chooseStream } from "../../lib/icecast/choose.ts";

const MP3: Candidate[] = [
  { path: "/stream.mp3", contentType: "audio/mpeg" },
  { path: "/stream.m3u8", contentType: "application/vnd.apple.mpegurl" },
];
const OPUS: Candidate[] = [
  { path: "/stream.ogg", contentType: "audio/ogg" },
  { path: "/stream.webm", contentType: "audio/webm" },
];
const FILM: Candidate[] = [
  { path: "/stream.ts", contentType: "video/mp2t" },
  { path: "/stream.aac", contentType: "audio/aac" },
  { path: "/stream.m3u8", contentType: "application/vnd.apple.mpegurl" },
];

const CHROME =
  "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36";
const SAFARI =
  "Mozilla/5.0 (Macintosh) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/605.1.15";
const IPHONE =
  "AppleCoreMedia/1.0.0.21A329 (iPhone; U; CPU OS 17_0 like Mac OS X)";
const FIREFOX_ACCEPT =
  "audio/webm,audio/ogg,audio/wav,audio/*;q=0.9,application/ogg;q=0.7,video/*;q=0.6,*/*;q=0.5";
const FIREFOX =
  "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
const FIREFOX_FILM =
  "video/webm,video/ogg,video/*;q=0.9,application/ogg;q=0.7,audio/*;q=0.6,*/*;q=0.5";

/** Asker, streams, and the path that suits. */
const CASES: [string, string, string, Candidate[], string][] = [
  ["a radio", "*/*", "NSPlayer/7", MP3, "/stream.mp3"],
  ["an iPhone", "*/*", IPHONE, MP3, "/stream.m3u8"],
  ["Safari", "*/*", SAFARI, FILM, "/stream.m3u8"],
  ["Safari without HLS", "*/*", SAFARI, OPUS, "/stream.ogg"],
  ["Chrome", "*/*", CHROME, MP3, "/stream.mp3"],
  ["Chrome and Opus", "*/*", CHROME, OPUS, "/stream.webm"],
  [
    "Firefox and Opus",
    FIREFOX_ACCEPT,
    FIREFOX,
    OPUS,
    "/stream.webm",
  ],
  ["VLC", "*/*", "VLC/3.0.21 LibVLC/3.0.21", FILM, "/stream.ts"],
  ["mpv and MP3", "*/*", "Lavf/59.27.100", MP3, "/stream.mp3"],
  ["mpv and Opus", "*/*", "libmpv", OPUS, "/stream.ogg"],
  ["who accepts AAC", "audio/aac, */*;q=0.1", "VLC/3", FILM, "/stream.aac"],
  ["who refuses AAC", "audio/aac;q=0", "VLC/3", FILM, "/stream.ts"],
  ["who refuses films", "video/*;q=0, */*", "VLC/3", FILM, "/stream.aac"],
  ["who wants sound alone", "audio/*", "VLC/3", FILM, "/stream.aac"],
  ["who would take AAC", "audio/aac;q=0.1, */*", "VLC/3", FILM, "/stream.ts"],
  ["who calls it MP3", "audio/mp3", SAFARI, MP3, "/stream.mp3"],
  ["who asks for HLS", "application/x-mpegURL", "", MP3, "/stream.m3u8"],
  ["who wants what is not there", "image/png", "VLC/3", FILM, "/stream.ts"],
  ["Firefox and a film", FIREFOX_FILM, FIREFOX, FILM, "/stream.aac"],
  ["nobody known", "", "", FILM, "/stream.aac"],
];

for (const [who, accept, agent, candidates, path] of CASES) {
  Deno.test(`/stream leads ${who} to ${path}`, () => {
    const choice = chooseStream(candidates, accept, agent);
    assertEquals(choice?.path, path, choice?.reason);
    assertEquals(/[\r\n]/.test(choice!.reason), false);
  });
}

Deno.test("/stream leads nowhere where there is nothing", () => {
  assertEquals(chooseStream([], "*/*", CHROME), undefined);
});
