/**
 * `alluvium broadcast`: a folder of media becomes a station. The work is the
 * Broadcaster's; here are its options and what a person is told.
 *
 * @module
 */
import {
  broadcastFolder,
  type BroadcastOptions,
  type BroadcastResult,
} from "../broadcaster/mod.ts";
import type { Item } from "../playlist/playlist.ts";
import { type Command, type CommandContext, defineCommand } from "./command.ts";
import { formatDuration } from "./quantities.ts";
import { formatUtc, parseWhen } from "./times.ts";

const options = {
  "base-url": {
    type: "string",
    value: "URL",
    help:
      "The folder's address on the web; without it the playlist works wherever the folder is served",
  },
  gateway: {
    type: "list",
    value: "URL",
    help: "Gateway through which listeners find each other",
  },
  start: {
    type: "string",
    value: "TIME",
    help:
      "Play each file once, from this time on (or now), UTC if no zone is given; without it the files repeat for ever",
  },
  title: {
    type: "string",
    help: "The station's title; the folder's name by default",
  },
  output: {
    type: "string",
    short: "o",
    value: "FILE",
    help: "Where to write the playlist; FOLDER/playlist.rss by default",
  },
} as const;

type BroadcastContext = CommandContext<typeof options>;

const command: Command<typeof options> = defineCommand({
  name: "broadcast",
  summary: "Make a station of a folder: playlist.rss and .tree files",
  usage: "broadcast FOLDER [options]",
  help: {
    about:
      "Looks through a folder and the folders in it, reads the tags and the exact length of every media file, and writes playlist.rss: what plays when. Put the folder on any web server, and the playlist's address is the station.\n\nBeside each file it writes FILE.tree, with which listeners check what they get from each other. Run it again after a change: what is known already is not read again.",
    examples: [
      { does: "Play a folder for ever", line: "alluvium broadcast music" },
      {
        does: "Play it once, from a time on",
        line:
          "alluvium broadcast music --start 2026-11-22T20:00:00Z --base-url https://radio.example/music/ --gateway https://gateway.example/",
      },
    ],
  },
  operands: { min: 1, max: 1 },
  options,
  async run(context) {
    const result = await broadcastFolder(optionsOf(context))
      .finally(() => context.progress.clear());
    report(context, result);
  },
});

export default command;

function optionsOf(context: BroadcastContext): BroadcastOptions {
  const { options, signal, clock } = context;
  const { output, title, start } = options;
  const baseUrl = options["base-url"];
  const startMs = start === undefined
    ? undefined
    // On a whole second, as playlists are read by people too.
    : Math.ceil(parseWhen(start, "start", clock.now()) / 1000) * 1000;
  return {
    folder: context.operands[0]!,
    gateways: options.gateway,
    signal,
    onProgress: ({ path, index, count, done, total }) =>
      context.progress.bar(`${index}/${count} ${path}`, done, total),
    ...(output === undefined ? {} : { output }),
    ...(title === undefined ? {} : { title }),
    ...(baseUrl === undefined ? {} : { baseUrl }),
    ...(startMs === undefined ? {} : { startMs }),
  };
}

function report(context: BroadcastContext, result: BroadcastResult): void {
  const { playlist, skipped, hashed, written } = result;
  const { items } = playlist;
  const durationMs = items.reduce((sum, item) => sum + item.durationMs!, 0);
  for (const { path, reason } of skipped) {
    context.log("warn", `Left out ${path}: ${reason}`);
  }
  warnUnplayable(context, items);
  if (context.json) {
    return context.emit({
      file: result.file,
      url: playlist.url,
      kind: playlist.kind,
      items: items.length,
      durationMs,
      written,
      hashed,
      skipped,
    });
  }
  context.out(`${written ? "Wrote" : "Unchanged"}: ${result.file}`);
  context.out(`${extent(result)}, ${formatDuration(durationMs)} in all`);
  context.out(`${hashed} hashed, ${items.length - hashed} known before`);
  if (context.options["base-url"] === undefined) {
    context.out(
      "Addresses are relative: serve the folder, and the playlist's address is the station",
    );
  }
}

/** Tells of files that are in the playlist and that listeners of this version pass over. */
function warnUnplayable({ log }: BroadcastContext, items: Item[]): void {
  const types = items.map(({ type }) => type ?? "")
    .filter((type) => !/^audio\/(mpeg|ogg)\b/.test(type));
  if (types.length === 0) return;
  const count = types.length === 1 ? "1 file is" : `${types.length} files are`;
  log(
    "warn",
    `${count} in the playlist that listeners cannot play yet: ${
      [...new Set(types)].join(", ")
    }; want MP3 or Ogg`,
  );
}

function extent({ playlist: { kind, items } }: BroadcastResult): string {
  const count = items.length === 1 ? "1 item" : `${items.length} items`;
  return kind === "rotation"
    ? `A rotation of ${count}`
    : `${count} from ${formatUtc(items[0]!.startMs!)}`;
}
