/**
 * Joints of every mount in players that no one here wrote: each plays from
 * the first item to the end of the last without an error and without asking
 * again.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import hlsScript from "hls.js/dist/hls.min.js" with { type: "text" };
import { CHROMIUM, openPage } from "../browser/browser.ts";
import { makeMedia } from "../media/streams.ts";
import { run } from "../support/processes.ts";
import { program, programs } from "../support/programs.ts";
import { goOnAir, ITEMS, type Programme } from "./on_air.ts";

/** Seconds of one item. */
const SECONDS = 1;
/** What a browser may not have played at the end, in seconds: what it buffers first. */
const MISSING_MAX = 5;

async function programmesOf(): Promise<Programme[]> {
  const make = async (name: string, ...words: [string, string, string?]) => ({
    name,
    file: await makeMedia(words[0], words[1], words[2], SECONDS),
  });
  return [
    await make("mp3", "mp3", "mp3"),
    await make("aac", "m4a", "aac"),
    await make("opus", "opus", "opus"),
    await make("h264", "mp4", "aac", "h264-b"),
    await make("vp9", "webm", "opus", "vp9"),
    await make("flac", "flac", "flac"),
  ];
}

/** Runs a player on a stream until it ends by itself. */
type Player = (url: string) => Promise<{ code: number; said: string }>;

const UNPRIVILEGED = "--reuid=65534 --regid=65534 --clear-groups".split(" ");

/** Without a screen and loudspeakers. */
const NO_DEVICES = { SDL_VIDEODRIVER: "dummy", SDL_AUDIODRIVER: "dummy" };

const PLAYERS: Record<string, Player> = {
  ffplay: (url) =>
    play("ffplay", [
      ..."-v warning -nostats -autoexit".split(" "),
      url,
    ]),
  ffprobe: (url) =>
    play("ffprobe", [
      ..."-v warning -show_entries format=format_name -of csv=p=0".split(" "),
      ...["-count_packets", url],
    ]),
  mpv: (url) =>
    play("mpv", [
      ..."--no-config --ao=null --vo=null --msg-level=all=warn".split(" "),
      ...["--cache=no", url],
    ]),
  cvlc: (url) =>
    play("setpriv", [
      ...UNPRIVILEGED,
      ..."env HOME=/tmp cvlc -q --play-and-exit --no-interact".split(" "),
      ..."--aout=adummy --vout=vdummy --no-osd --no-spu".split(" "),
      url,
    ]),
};

async function play(name: string, args: string[]) {
  const { code, stderr, stdout } = await run(program(name).required(), args, {
    timeoutMs: 60_000,
    env: NO_DEVICES,
  });
  return { code, said: `${stderr}${name === "mpv" ? stdout : ""}` };
}

/** What says nothing about the stream: no screen (ffplay says its lines several times); it is endless, so its end is noted; titles (98313) are no sound; a chain is a discontinuity by its nature. */
const HARMLESS =
  /^$|accelerated renderer|Last message repeated|Stream ends prematurely|Read error at pos|Unsupported codec with id 98313|Linearizing|VLC media player|Estimating duration|pulse|dbus|audio device|XDG_RUNTIME|dummy|^Exiting|interface|Running/i;

/** A chain's times begin anew with each link, which mpv notes when it came late. */
const CHAIN = /Invalid audio PTS/;

Deno.test({
  name:
    "ffprobe, ffplay, mpv and VLC play every joint of every mount without an error",
  ignore:
    programs("ffmpeg", "ffprobe", "ffplay", "mpv", "cvlc", "setpriv").ignore,
  async fn() {
    await using air = await goOnAir(await programmesOf());
    const mounts = air.paths.filter((path) => !path.endsWith(".m3u8"));
    const playing = mounts.flatMap((path) =>
      Object.entries(PLAYERS).map(async ([name, player]) => ({
        name: `${name} ${path}`,
        ...await player(new URL(path, air.url).href),
      }))
    );
    await air.play();
    for (const { name, code, said } of await Promise.all(playing)) {
      const complaints = said.split("\n").filter((x) =>
        !HARMLESS.test(x) && !(name.endsWith(".ogg") && CHAIN.test(x))
      );
      console.log(`${name}: ${ITEMS - 1} joints, ended with ${code}`);
      assertEquals([code, complaints], [0, []], name);
    }
  },
});

/**
 * Streams that Chromium plays by itself, and those it plays by hls.js. It opens
 * six connections to one place: five stay, one is for segments.
 */
const NATIVE =
  /^\/(mp3\/stream\.mp3|aac\/stream\.aac|(opus|vp9)\/stream\.webm|opus\/stream\.ogg)$/;
const HLS = /\.m3u8$/;

const PAGE = (script: string) =>
  `<!doctype html><title>t</title><link rel="icon" href="data:,"><script>${script}</script>`;

const START = `(paths) => {
  globalThis.found = {};
  for (const path of paths) {
    const media = document.createElement("video");
    media.muted = true;
    const at = globalThis.found[path] = { time: 0, errors: [] };
    media.ontimeupdate = () => { at.time = media.currentTime; };
    media.onerror = () => at.errors.push(media.error.message);
    document.body.append(media);
    if (path.endsWith(".m3u8")) {
      const hls = new Hls({ liveSyncDurationCount: 2 });
      hls.on(Hls.Events.ERROR, (_event, { details, fatal, response, frag }) => {
        if (fatal || !/bufferStalled|bufferSeekOverHole|levelLoadTimeOut/.test(details)) {
          at.errors.push([details, response?.code, response?.text, frag?.url].join(" "));
        }
      });
      hls.loadSource(path);
      hls.attachMedia(media);
    } else media.src = path;
    media.play();
  }
}`;

Deno.test({
  name: "Chromium plays every joint of what it supports, HLS by hls.js",
  ignore: programs("ffmpeg").ignore || CHROMIUM.ignore,
  async fn() {
    await using air = await goOnAir(await programmesOf(), PAGE(hlsScript));
    await using open = await openPage(`${air.url}page`);
    const paths = air.paths.filter((x) => NATIVE.test(x) || HLS.test(x));
    await open.page.evaluate(`(${START})(${JSON.stringify(paths)})`);
    await air.play();
    const found = await open.page.evaluate("globalThis.found") as Record<
      string,
      { time: number; errors: string[] }
    >;
    for (const [path, { time, errors }] of Object.entries(found)) {
      console.log(`Chromium ${path}: ${time.toFixed(1)} s played`);
      assertEquals(errors, [], path);
      // The last segment of HLS is not complete, and players begin at the third.
      const live = HLS.test(path) ? 4 : 0;
      assert(time > ITEMS * SECONDS - MISSING_MAX - live, `${path}: ${time} s`);
    }
    assertEquals(open.complaints, []);
  },
});
