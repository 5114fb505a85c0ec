/**
 * Stations for the planner's tests: media that never existed, and a realistic
 * programme file with everything in it.
 *
 * @module
 */
import type { Library, Track } from "../../lib/planner/mod.ts";
import { seeded } from "../../lib/planner/random.ts";

/** Tracks of a folder: `count` of them, by so many artists, with lengths in seconds. */
export function tracks(
  folder: string,
  count: number,
  artists: number,
  seconds: readonly [number, number],
): Track[] {
  const random = seeded(folder, count);
  const [least, most] = seconds;
  return Array.from({ length: count }, (_, i) => ({
    path: `${folder}/${String(i).padStart(4, "0")}.mp3`,
    durationMs: Math.round((least + random() * (most - least)) * 1000),
    ...(artists === 0 ? {} : { creator: `${folder} ${i % artists}` }),
  }));
}

/** A library of these. */
export function library(...lists: readonly Track[][]): Library {
  return { tracks: lists.flat(), playlists: new Map() };
}

/** The programme file of a town's radio. */
export const TOWN_RADIO = `
title = "Town radio"
time-zone = "Europe/Vienna"
seed = "a year"
base-url = "https://radio.example/"
gateways = ["https://gateway.example/"]

[fill]                        # day and night
folder = "music"
artist-distance = 5
jingles = "jingles"
jingle-every = 4

[[block]]
name = "Breakfast"
folder = "morning"
artist-distance = 3
days = ["weekdays"]
from = "06:00"
to = "09:30"
jingles = "jingles"
jingle-every = 3

[[block]]
name = "Play"
folder = "drama"
order = "in-order"
days = ["wed"]
from = "20:00"
to = "22:00"

[[block]]
name = "Late"
folder = "ambient"
last = "cut"
from = "23:00"
to = "02:30"

[[block]]
name = "Concert"
folder = "concerts"
order = "in-order"
last = "finish"
cron = "30 19 * * 5#1"
minutes = 90

[[block]]
name = "Christmas"
folder = "carols"
artist-distance = 2
dates = ["2026-12-24/2026-12-26"]

[[event]]
name = "News"
folder = "news"
cron = "0 * * * *"

[[event]]
name = "Weather"
file = "weather.mp3"
days = ["weekdays"]
at = ["06:29:30", "07:29:30", "08:29:30"]

[[event]]
name = "Midnight of the year"
file = "bells.mp3"
dates = ["2026-12-31"]
at = "23:59:50"
`;

/** Its media: 1,200 songs and what else it needs. */
export function townLibrary(): Library {
  return library(
    tracks("music", 800, 150, [120, 330]),
    tracks("morning", 150, 40, [140, 260]),
    tracks("drama", 12, 0, [2400, 3500]),
    tracks("ambient", 60, 12, [300, 900]),
    tracks("concerts", 14, 6, [1200, 2500]),
    tracks("carols", 60, 20, [120, 280]),
    tracks("jingles", 7, 0, [6, 20]),
    tracks("news", 3, 0, [100, 180]),
    [{ path: "weather.mp3", durationMs: 31_000 }],
    [{ path: "bells.mp3", durationMs: 10_000 }],
  );
}
