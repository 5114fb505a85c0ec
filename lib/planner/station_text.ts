/**
 * The programme file as text: a commented one to begin with, in which every
 * field is explained, and the change of a few fields in one that is there, with
 * all comments kept. Pure.
 *
 * @module
 */
import { parse, patch } from "@decimalturn/toml-patch";
import { AlluviumError, toAlluviumError } from "../errors.ts";

/** What a person has said of the station already. */
export interface StationWords {
  /** The station's name. */
  title?: string;
  /** Its folder's address on the web. */
  baseUrl?: string;
  /** Addresses of its gateways. */
  gateways?: readonly string[];
  /** IANA name of its zone. */
  timeZone?: string;
  /** The folder that plays where nothing else does; "" for all media. */
  musicFolder?: string;
}

const quoted = (text: string) => JSON.stringify(text);

/** Blocks and events, all of it commented out. */
const TABLES = `
# A block plays a folder at times, by the same rules. Of two blocks at one time
# the one further down plays. There may be up to 400.
# [[block]]
# name = "Breakfast"
# folder = "morning"
# order = "shuffled"
# artist-distance = 3
# last = "fit"
# From a time of the day to another; to the next day's where it is not later.
# from = "06:00"
# to = "09:30"
# On these days ("mon" to "sun", "weekdays", "weekend"), and on these dates or
# ranges of dates; without them every day.
# days = ["weekdays"]
# dates = ["2026-12-24", "2026-12-27/2026-12-30"]
# Instead of from and to: a recurrence in cron's words, and minutes. This is the
# first Friday of the month at 19:30, for an hour and a half.
# cron = "30 19 * * 5#1"
# minutes = 90
# false: begin with the first file each time, and when all have been played leave
# the rest to [fill].
# repeat = true

# An event is one item on the second: the next file of a folder, or one file.
# [[event]]
# name = "News"
# folder = "news"
# Each hour; or at times of the day: at = ["07:00", "12:00:30"], with days and
# dates as above.
# cron = "0 * * * *"
`;

/**
 * A commented programme file.
 *
 * @example
 * ```ts
 * import { stationText } from "./station_text.ts";
 * import { readStation } from "./station_reader.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const station = readStation(stationText({ title: "Mine" }), "station.toml");
 * assertEquals(station.title, "Mine");
 * assertEquals(station.fill?.last, "fit");
 * ```
 */
export function stationText(words: StationWords): string {
  const { title = "", baseUrl = "", gateways = [], musicFolder = "" } = words;
  const zone = words.timeZone ?? "UTC";
  return `# A station's programme, for "alluvium broadcast". Lines that begin with # say
# nothing; take the # away to use them. After a change, run broadcast again, or
# let it run with --watch.

# The station's name.
title = ${quoted(title)}
# A sentence about it, and its page.
# description = ""
# link = "https://radio.example/"

# This folder's address on the web; without it the playlist's addresses are
# relative, and it works wherever the folder is served.
base-url = ${quoted(baseUrl)}
# Gateways through which listeners find each other.
gateways = [${gateways.map(quoted).join(", ")}]

# The zone of all times here. When clocks change, a time that is skipped counts
# as an hour later, one that comes twice counts the first time.
time-zone = ${quoted(zone)}
# Nothing plays before this time.
# start = 2026-11-22T20:00:00
# Days laid out ahead (1 to 366), days of the past that stay in the playlist (0
# to 31), and seconds between two looks of a listener at it (5 to 900).
horizon-days = 7
keep-days = 1
refresh-seconds = 60
# A file that listeners hear in gaps, and while media cannot be had: a few seconds
# or minutes that are played again and again, of the same codec, sample rate and
# channels as the rest. Without it there is silence.
# filler = "back_soon.mp3"
# Decides every shuffle: the same word, the same programme.
seed = "1"

# What plays where nothing else does.
[fill]
# A folder, with all folders in it; "" is all media here. Or a list of a media
# player (M3U, PLS, XSPF): playlist = "evening.m3u"
folder = ${quoted(musicFolder)}
# "shuffled": nothing comes again before half of the others have been on.
# "in-order": by name, and on from there the next time.
order = "shuffled"
# Items between two of the same artist (0 to 200; 0: no rule).
artist-distance = 3
# What happens to the last item when the time is over. "fit": items are chosen so
# that it ends on time, within seconds. "cut": it is cut. "finish": it plays to
# its end, and what follows starts late. An event always starts on its second.
last = "fit"
# A folder of jingles, and how many items come between two of them.
# jingles = "jingles"
# jingle-every = 4
${TABLES}`;
}

/**
 * Changes fields of a programme file and nothing else: comments, order and
 * layout stay.
 *
 * @param text the file
 * @param words what to say; what is absent stays
 * @param file its path, for errors
 * @throws AlluviumError `programme-file` where the text is no TOML
 */
export function changedStationText(
  text: string,
  words: Omit<StationWords, "musicFolder">,
  file: string,
): string {
  const { title, baseUrl, gateways, timeZone } = words;
  try {
    const values = parse(text);
    if (title !== undefined) values.title = title;
    if (baseUrl !== undefined) values["base-url"] = baseUrl;
    if (gateways?.length) values.gateways = [...gateways];
    if (timeZone !== undefined) values["time-zone"] = timeZone;
    return patch(text, values);
  } catch (cause) {
    const detail = toAlluviumError(cause).message.trim().split("\n").at(-1)!;
    throw new AlluviumError(
      "programme-file",
      `Cannot change the programme file: ${detail}`,
      { file, cause },
    );
  }
}
