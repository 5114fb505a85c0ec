/**
 * `alluvium broadcast`: a folder of media becomes a station. The work is the
 * Broadcaster's; here is what it is told to do, once or again and again.
 *
 * @module
 */
import {
  broadcastFolder,
  type BroadcastResult,
  folderChanges,
  type ProgrammeRunResult,
  runProgramme,
  serverLines,
  watch,
  WEB_SERVERS,
} from "../broadcaster/mod.ts";
import { AlluviumError } from "../errors.ts";
import { initStation } from "./broadcasting/init.ts";
import { type BroadcastContext, OPTIONS } from "./broadcasting/options.ts";
import { report } from "./broadcasting/report.ts";
import { type Target, targetOf } from "./broadcasting/target.ts";
import { type Command, defineCommand } from "./command.ts";
import { parseWhen } from "./times.ts";

const command: Command<typeof OPTIONS> = defineCommand({
  name: "broadcast",
  summary: "Make a station of a folder: playlist.rss and .tree files",
  usage: "broadcast FOLDER|STATION.toml|LIST.m3u [options]",
  help: {
    about:
      "Looks through a folder and the folders in it, reads the tags and the exact length of every media file, and writes playlist.rss: what plays when. Put the folder on any web server, and the playlist's address is the station.\n\nWhere the folder holds a programme file, station.toml, it says what plays when: folders at times of the day and the week, news on the second, jingles, a rotation for the rest. --init writes one to begin with. The programme is laid out for a week ahead; run it again before that, or let it run with --watch. What is on the air and next never changes, unless you say --change-now.\n\nA list of a media player (M3U, PLS, XSPF) is a station, too.\n\nBeside each file it writes FILE.tree, with which listeners check what they get from each other. Run it again after a change: what is known already is not read again.",
    examples: [
      { does: "Play a folder for ever", line: "alluvium broadcast music" },
      {
        does: "Begin a programme",
        line:
          "alluvium broadcast music --init --title 'My station' --base-url https://radio.example/music/",
      },
      {
        does: "Keep it going",
        line: "alluvium broadcast music --watch",
      },
      {
        does: "Play it once, from a time on",
        line:
          "alluvium broadcast music --start 2026-11-22T20:00:00Z --base-url https://radio.example/music/ --gateway https://gateway.example/",
      },
      {
        does: "See what nginx must be told",
        line: "alluvium broadcast --server nginx",
      },
    ],
  },
  operands: { min: 0, max: 1 },
  options: OPTIONS,
  async run(context) {
    if (context.options.server !== undefined) return printServer(context);
    const [path] = context.operands;
    if (path === undefined) throw nothingNamed();
    if (context.options.init) return await initStation(context, path);
    if (context.options.watch) await keepWatching(context, path);
    else await once(context, path);
  },
});

export default command;

function printServer(context: BroadcastContext): void {
  const wanted = context.options.server!;
  const server = WEB_SERVERS.find((name) => name === wanted);
  if (server === undefined) {
    throw new AlluviumError(
      "usage",
      `Unknown server "${wanted}": want ${WEB_SERVERS.join(", ")}`,
    );
  }
  const text = serverLines(server);
  if (context.json) context.emit({ server, lines: text });
  else context.out(text);
}

function nothingNamed(): AlluviumError {
  return new AlluviumError(
    "usage",
    "Something is missing: the usage is alluvium broadcast FOLDER",
  );
}

/** One run; `before` and what it returns are warnings, as of `report`. */
async function once(
  context: BroadcastContext,
  path: string,
  before?: ReadonlySet<string>,
): Promise<ReadonlySet<string>> {
  const { start } = context.options;
  const target = await targetOf(path, start !== undefined);
  const result = await work(context, target)
    .finally(() => context.progress.clear());
  const isRelative = result.playlist.url.startsWith("file:");
  return report(context, result, isRelative, before);
}

function work(
  context: BroadcastContext,
  target: Target,
): Promise<BroadcastResult | ProgrammeRunResult> {
  const { options, clock } = context;
  const common = commonOptions(context);
  if (target.kind === "programme") {
    return runProgramme({
      ...common,
      file: target.file,
      nowMs: clock.now(),
      changeAll: options["change-now"],
    });
  }
  const startMs = options.start === undefined
    ? undefined
    // On a whole second, as playlists are read by people too.
    : Math.ceil(parseWhen(options.start, "start", clock.now()) / 1000) * 1000;
  return broadcastFolder({
    ...common,
    folder: target.folder,
    now: () => clock.now(),
    ...(target.kind === "list" ? { list: target.list } : {}),
    ...(startMs === undefined ? {} : { startMs }),
  });
}

function commonOptions({ options, signal, progress }: BroadcastContext) {
  const { output, title, gateway } = options;
  const baseUrl = options["base-url"];
  return {
    gateways: gateway,
    signal,
    onProgress: (
      { path, index, count, done, total }: {
        path: string;
        index: number;
        count: number;
        done: number;
        total: number;
      },
    ) => progress.bar(`${index}/${count} ${path}`, done, total),
    ...(output === undefined ? {} : { output }),
    ...(title === undefined ? {} : { title }),
    ...(baseUrl === undefined ? {} : { baseUrl }),
  };
}

async function keepWatching(
  context: BroadcastContext,
  path: string,
): Promise<void> {
  const { clock, signal, log } = context;
  const { folder } = await targetOf(path, false);
  using changes = folderChanges(folder, signal);
  let warnings = await once(context, path);
  log("info", `Watching ${folder}; Ctrl-C ends it`);
  await watch({
    clock,
    signal,
    changes,
    run: async () => {
      warnings = await once(context, path, warnings);
    },
    onError: (error) =>
      log("error", `${error.describe()}; the last playlist stays`),
  });
}
