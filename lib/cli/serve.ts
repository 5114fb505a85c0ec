/**
 * `alluvium serve`: a folder as a station's origin, for those who have no web
 * server.
 *
 * @module
 */
import { AlluviumError } from "../errors.ts";
import { Front, staticFiles } from "../http/mod.ts";
import { type Command, type CommandContext, defineCommand } from "./command.ts";
import { FRONT_OPTIONS, frontPolicy } from "./front_options.ts";

const options = {
  port: {
    type: "number",
    default: 8080,
    max: 65_535,
    value: "PORT",
    help: "Port to serve on; 0 for any free one",
  },
  host: {
    type: "string",
    default: "0.0.0.0",
    value: "ADDRESS",
    help: "Address to serve on; 127.0.0.1 for this machine alone",
  },
  ...FRONT_OPTIONS,
} as const;

const command: Command<typeof options> = defineCommand({
  name: "serve",
  summary: "Serve a folder over HTTP with the right types and ranges",
  usage: "serve [FOLDER] [options]",
  help: {
    about:
      "A station is a playlist and its media files on any web server. This is one: it answers with the files of a folder, the current one by default, and knows ranges and the types that players need.\n\nIt lists no folders, shows no names that start with a dot, and follows no link out of the folder. It answers to this machine's own names and addresses; tell it others with --allow-host.",
    examples: [
      { does: "Serve a station's folder", line: "alluvium serve radio" },
      {
        does: "Serve it to this machine alone, on a port of your choice",
        line: "alluvium serve radio --host 127.0.0.1 --port 9000",
      },
      {
        does: "Serve it under the name that the world knows",
        line: "alluvium serve radio --allow-host radio.example",
      },
    ],
  },
  operands: { min: 0, max: 1 },
  options,
  async run(context) {
    const folder = context.operands[0] ?? ".";
    await mustBeFolder(folder);
    const front = await Front.listen({
      routes: staticFiles(folder),
      hostname: context.options.host,
      port: context.options.port,
      clock: context.clock,
      log: context.log,
      ...frontPolicy(context.options),
    });
    try {
      announce(context, folder, front);
      await interruption(context.signal);
    } finally {
      await front.close();
    }
  },
});

export default command;

function announce(
  context: CommandContext<typeof options>,
  folder: string,
  front: Front,
): void {
  const url = context.options["public-url"] ?? front.url;
  if (context.json) return context.emit({ event: "listening", url, folder });
  context.out(`Serving ${folder} at ${url}`);
}

async function mustBeFolder(folder: string): Promise<void> {
  const info = await Deno.stat(folder).catch(() => undefined);
  if (info?.isDirectory) return;
  throw new AlluviumError(
    "usage",
    `Cannot serve "${folder}": it is not a folder`,
    { file: folder },
  );
}

function interruption(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
