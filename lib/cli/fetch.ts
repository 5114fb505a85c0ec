/**
 * `alluvium fetch`: one file through the swarm, verified, and then shared on for
 * a while.
 *
 * @module
 */
import { AlluviumError } from "../errors.ts";
import type { PeerNode } from "../peer/node.ts";
import type { SwarmFile } from "../peer/swarm_file.ts";
import { type Command, type CommandContext, defineCommand } from "./command.ts";
import { formatSize } from "./quantities.ts";
import { startNode, SWARM_OPTIONS } from "./swarm_options.ts";

/** How often the bar moves. */
const PROGRESS_MS = 100;

const options = {
  ...SWARM_OPTIONS,
  output: {
    type: "string",
    short: "o",
    value: "FILE",
    help: "Where to write it; the URL's last part in this folder by default",
  },
  "share-for": {
    type: "number",
    default: 0,
    value: "SECONDS",
    help: "Go on sharing for this long after the download",
  },
} as const;

type FetchContext = CommandContext<typeof options>;

const command: Command<typeof options> = defineCommand({
  name: "fetch",
  summary: "Download one file through the swarm, verified",
  usage: "fetch URL [options]",
  help: {
    about:
      "Gets a file from others who have it, and from its web server only what nobody has. With a gateway every byte is checked against the file's hash tree before it is kept; without one the file is downloaded as any other program would.",
    examples: [
      {
        does: "Download with the help of a gateway",
        line:
          "alluvium fetch https://radio.example/show.mp3 --gateway https://gateway.example/",
      },
      {
        does: "Keep sharing it for an hour",
        line:
          "alluvium fetch https://radio.example/show.mp3 --share-for 3600 -o show.mp3",
      },
    ],
  },
  operands: { min: 1, max: 1 },
  options,
  async run(context) {
    const url = mediaUrl(context.operands[0]!);
    const node = await startNode(context);
    try {
      await download(context, node, url);
    } finally {
      await node.close();
    }
  },
});

export default command;

async function download(
  context: FetchContext,
  node: PeerNode,
  url: URL,
): Promise<void> {
  const { clock, signal, options } = context;
  const startedMs = clock.monotonic();
  const gateways = options.gateway;
  const file = await node.openWhole({ url: url.href }, gateways, signal);
  const stopBar = showProgress(context, file, url);
  try {
    await file.whole(signal);
  } finally {
    stopBar();
  }
  const seconds = (clock.monotonic() - startedMs) / 1000;
  const path = options.output ?? fileName(url);
  await file.saveAs(path, signal);
  report(context, node, file, path, seconds);
  await clock.sleep(options["share-for"] * 1000, signal);
}

function showProgress(
  { clock, progress }: FetchContext,
  file: SwarmFile,
  url: URL,
): () => void {
  let cancel = () => {};
  const show = () => {
    const { bytesHeld, bytes } = file.progress();
    progress.bar(fileName(url), bytesHeld, bytes);
    cancel = clock.timer(PROGRESS_MS, show);
  };
  show();
  return () => {
    cancel();
    progress.clear();
  };
}

function report(
  context: FetchContext,
  node: PeerNode,
  file: SwarmFile,
  path: string,
  seconds: number,
): void {
  const { bytesFromPeers, bytesFromOrigin } = node.status();
  const root = file.root ?? null;
  if (context.json) {
    context.emit({
      bytes: file.size,
      seconds,
      bytesFromPeers,
      bytesFromOrigin,
      root,
    });
    return;
  }
  context.out(
    `${path}: ${formatSize(file.size)} in ${seconds.toFixed(1)} s, ${
      formatSize(bytesFromPeers)
    } from others, ${formatSize(bytesFromOrigin)} from the origin, ${
      root === null ? "not verified" : `verified: ${root}`
    }`,
  );
}

function mediaUrl(text: string): URL {
  const url = URL.parse(text);
  if (url !== null && /^https?:$/.test(url.protocol)) return url;
  throw new AlluviumError(
    "usage",
    `Cannot fetch "${text}": want a URL that begins with http:// or https://`,
  );
}

function fileName(url: URL): string {
  const name = decodeURIComponent(url.pathname.split("/").pop() ?? "");
  const safe = name.replaceAll(/[\\/\0]/g, "_");
  return safe === "" || safe.startsWith(".") ? "download" : safe;
}
