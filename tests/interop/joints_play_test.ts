/**
 * Joints of every mount in players that no one here wrote: each plays from
 * the first item to the end of the last without an error and without asking
 * again.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import hlsScript from "hls.js/dist/hls.min.js" with { type: "text" };
import { systemClock } from "../../lib/clock.ts";
import { CHROMIUM, openPage } from "../browser/browser.ts";
import { makeMedia } from "../media/streams.ts";
import { run } from "../support/processes.ts";
import { program, programs } from "../support/programs.ts";
import { goOnAir, ITEMS, type OnAir, type Programme } from "./on_air.ts";

/** Seconds of one item: players buffer a second, and two joints in that are too many for VLC. */
const SECONDS = 2.4;
/** What a browser may not have played at the end, in seconds: what it buffers first. */
const MISSING_MAX = 5;

/** Container, sound and pictures of the items of each programme. */
const KINDS: Record<string, [string, string, string?]> = {
  mp3: ["mp3", "mp3"],
  aac: ["m4a", "aac"],
  opus: ["opus", "opus"],
  h264: ["mp4", "aac", "h264-b"],
  vp9: ["webm", "opus", "vp9"],
  flac: ["flac", "flac"],
  vorbis: ["ogg", "vorbis"],
  hevc: ["mp4", "aac", "hevc"],
  vp8: ["webm", "vorbis", "vp8"],
  av1: ["webm", "opus", "av1"],
};

/**
 * Two files in turn: films of different sizes, so that decoders begin anew.
 *
 * @param isPlain whether all items have the same parameters
 */
async function programmesOf(
  names: string[],
  isPlain = false,
): Promise<Programme[]> {
  return await Promise.all(names.map(async (name) => {
    const [container, sound, video] = KINDS[name]!;
    const sizes = video === undefined || isPlain
      ? ["160x90"]
      : ["160x90", "192x108"];
    const files = await Promise.all(
      sizes.map((size) => makeMedia(container, sound, video, SECONDS, size)),
    );
    return { name, files };
  }));
}

/** Runs a player on a stream until it ends by itself, or for so long. */
type Player = (
  url: string,
  forSeconds?: number,
) => Promise<Omit<Heard, "name">>;

const UNPRIVILEGED = "--reuid=65534 --regid=65534 --clear-groups".split(" ");

/** Without a screen and loudspeakers. */
const NO_DEVICES = { SDL_VIDEODRIVER: "dummy", SDL_AUDIODRIVER: "dummy" };

const PLAYERS: Record<string, Player> = {
  ffplay: (url, seconds) =>
    play(seconds, "ffplay", [
      ..."-v warning -nostats -autoexit".split(" "),
      url,
    ]),
  ffprobe: (url, seconds) =>
    play(seconds, "ffprobe", [
      ..."-v warning -show_entries format=format_name -of csv=p=0".split(" "),
      ...["-count_packets", url],
    ]),
  mpv: (url, seconds) =>
    play(seconds, "mpv", [
      ..."--no-config --ao=null --vo=null --msg-level=all=warn".split(" "),
      ...["--cache=no", url],
    ]),
  // Its `-q` would keep errors back as well.
  cvlc: (url, seconds) =>
    play(seconds, "setpriv", [
      ...UNPRIVILEGED,
      ..."env HOME=/tmp cvlc --play-and-exit --no-interact".split(" "),
      ..."--aout=adummy --vout=vdummy --no-osd --no-spu".split(" "),
      url,
    ]),
};

/** What `timeout` says when it has ended a program. */
const TIME_IS_UP = 124;

async function play(
  seconds: number | undefined,
  name: string,
  args: string[],
) {
  const command = program(name).required();
  const limited = seconds === undefined
    ? [command, ...args]
    : ["timeout", "-s", "INT", `${seconds}`, command, ...args];
  const { code, stderr, stdout } = await run(limited[0]!, limited.slice(1), {
    timeoutMs: 180_000,
    env: NO_DEVICES,
  });
  const isEnded = seconds !== undefined && code === TIME_IS_UP;
  return {
    code: isEnded ? 0 : code,
    said: `${stderr}${name === "mpv" ? stdout : ""}`,
    isCut: isEnded,
  };
}

/**
 * What says nothing about the stream: no screen and loudspeakers, no terminal
 * (ffplay says its lines several times); that it is endless, and then ends; titles
 * (98313) are no sound; a chain is a discontinuity by its nature. VLC has a reader
 * of Matroska for files that can be rewound only, and plays the rest by ffmpeg's.
 * ffmpeg asks for the head of an HLS stream in MP4 anew whenever it has asked for
 * the playlist. Where VLC began to listen, and how late, is its own affair.
 */
const HARMLESS = [
  /^$|accelerated renderer|Last message repeated|^Exiting|VLC media player/,
  /pulse|dbus|audio device|XDG_RUNTIME|dummy|interface|Running|end of playlist/i,
  /Stream ends prematurely|Read error at pos|Estimating duration/,
  /http stream error: error: HTTP\/1\.1 404/,
  /Unsupported codec with id 98313|Linearizing|packetizer: AAC channels/,
  /cannot find any cluster or chapter|pts_delay increased/,
  /Fragment sequence discontinuity detected \d+ != 0/,
  /Found duplicated MOOV Atom|adaptive demux: Changing stream format/,
];

/** A chain's times begin anew with each link, which mpv notes when it came late. */
const CHAIN = /Invalid audio PTS/;

/** VLC says that it was late and begins to buffer anew, without a key picture. */
const VLC_WAS_LATE = /ES_OUT_SET_\(GROUP_\)PCR +is called too late/;
const OF_DECODERS =
  /decoder error|decoder: |Error parsing OBU|get_buffer\(\)|decode_slice_header|no frame!|Could not find ref|references are available/;
/** mpv on a machine that has no time for it. */
const MPV_WAS_LATE =
  /desynchronisation detected|^hardware, temporary CPU|^position will not match/;

/** What a player complained of. */
function complaintsOf({ name, said, isCut }: Heard): string[] {
  const excused = [
    ...HARMLESS,
    ...(name.endsWith(".ogg") ? [CHAIN] : []),
    ...(name.startsWith("mpv") ? [MPV_WAS_LATE] : []),
    ...(name.startsWith("cvlc") && (isCut || VLC_WAS_LATE.test(said))
      ? [OF_DECODERS]
      : []),
  ];
  return said.split("\n").filter((x) => !excused.some((one) => one.test(x)));
}

const WITH_PLAYERS = programs(
  ...["ffmpeg", "ffprobe", "ffplay", "mpv", "cvlc", "setpriv", "timeout"],
);

/** Seconds that players are given for HLS, and when they come. */
const HLS_SECONDS = 26;
const HLS_WAIT_MS = 5000;
/** Segments of about 4 s that each of them fetches at least, however late it came. */
const SEGMENTS_MIN = 3;

/** Few enough at a time that players are in time on a small machine. */
const MOUNT_GROUPS = [
  ["mp3", "aac", "opus", "flac"],
  ["vorbis", "vp8", "h264"],
  ["hevc", "vp9", "av1"],
];

/** How often a player may ask: ffplay and ffprobe have one name, VLC asks again with ICY. */
const ASKED_MAX = 2;

for (const names of MOUNT_GROUPS) {
  Deno.test({
    name: `ffprobe, ffplay, mpv and VLC play every joint of ${
      names.join(", ")
    } on every mount without an error or a new connection`,
    ignore: WITH_PLAYERS.ignore,
    async fn() {
      await using air = await goOnAir(await programmesOf(names));
      const mounts = air.paths.filter((path) => !path.endsWith(".m3u8"));
      const playing = playAll(air, mounts);
      await air.play();
      const asked = new Map(air.asked);
      judge(await playing);
      for (const [who, times] of asked) {
        const max = /Lavf|VLC/.test(who) ? ASKED_MAX : 1;
        assert(times <= max, `${who}: ${times} times`);
      }
    },
  });
}

const HLS_GROUPS = [
  ["mp3", "aac", "opus", "flac"],
  ["h264", "hevc", "vp9", "av1"],
];

for (const names of HLS_GROUPS) {
  Deno.test({
    name: `ffprobe, ffplay, mpv and VLC play HLS of ${
      names.join(", ")
    } without an error`,
    ignore: WITH_PLAYERS.ignore,
    async fn() {
      // VLC 3 plays no HLS in MP4 on after a discontinuity.
      await using air = await goOnAir(await programmesOf(names, true));
      const lists = air.paths.filter((path) => path.endsWith(".m3u8"));
      const played = air.play();
      await systemClock.sleep(HLS_WAIT_MS);
      judge(await playAll(air, lists, HLS_SECONDS));
      await played;
      for (const path of lists) {
        const folder = path.replace(".m3u8", "/");
        for (const who of [/VLC/, /mpv/, /Lavf/]) {
          const segments = [...air.asked.keys()].filter((x) =>
            x.startsWith(folder) && who.test(x) && !x.includes("init-")
          );
          assert(
            segments.length >= SEGMENTS_MIN,
            `${who} of ${path}: ${segments}`,
          );
        }
      }
    },
  });
}

interface Heard {
  /** Player and path. */
  name: string;
  code: number;
  said: string;
  /** Whether it was ended, as it would have gone on. */
  isCut: boolean;
}

/** Every player on every stream. */
async function playAll(
  air: OnAir,
  paths: readonly string[],
  seconds?: number,
): Promise<Heard[]> {
  return await Promise.all(
    paths.flatMap((path) =>
      Object.entries(PLAYERS).map(async ([name, player]) => ({
        name: `${name} ${path}`,
        ...await player(new URL(path, air.url).href, seconds),
      }))
    ),
  );
}

/** Fails where a player said anything of a stream, after all have told. */
function judge(heard: readonly Heard[]): void {
  const found = heard.map((one) => {
    console.log(`${one.name}: ended with ${one.code}`);
    return [one.name, one.code, ...complaintsOf(one)];
  });
  assertEquals(found, heard.map(({ name }) => [name, 0]));
}

/**
 * Streams that Chromium plays by itself, and those it plays by hls.js. It opens
 * six connections to one place: five stay, one is for segments.
 */
const NATIVE =
  /^\/(mp3\/stream\.mp3|aac\/stream\.aac|(opus|vp8|vp9|av1|vorbis)\/stream\.webm|opus\/stream\.ogg)$/;
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

/** At most five mounts each. */
const IN_CHROMIUM = [
  ["mp3", "aac", "opus", "h264", "vp9", "flac"],
  ["vorbis", "vp8", "av1"],
];

for (const names of IN_CHROMIUM) {
  Deno.test({
    name: `Chromium plays every joint of ${names.join(", ")}, HLS by hls.js`,
    ignore: programs("ffmpeg").ignore || CHROMIUM.ignore,
    async fn() {
      await using air = await goOnAir(
        await programmesOf(names),
        PAGE(hlsScript),
      );
      await using open = await openPage(`${air.url}page`);
      const paths = air.paths.filter((x) => NATIVE.test(x) || HLS.test(x));
      await open.page.evaluate(`(${START})(${JSON.stringify(paths)})`);
      await air.play();
      const found = await open.page.evaluate("globalThis.found") as Record<
        string,
        { time: number; errors: string[] }
      >;
      for (const [path, { time }] of Object.entries(found)) {
        console.log(`Chromium ${path}: ${time.toFixed(1)} s played`);
      }
      for (const [path, { time, errors }] of Object.entries(found)) {
        assertEquals(errors, [], path);
        // The last segment of HLS is not complete, and players begin at the third.
        const live = HLS.test(path) ? 4 : 0;
        assert(
          time > ITEMS * SECONDS - MISSING_MAX - live,
          `${path}: ${time} s`,
        );
      }
      assertEquals(open.complaints, []);
    },
  });
}
