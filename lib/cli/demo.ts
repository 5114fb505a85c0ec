/**
 * `alluvium demo`: a whole network on this machine, to hear and to see what the
 * program is about before anything is set up.
 *
 * @module
 */
import { DEMO_REPORT_MS, STATUS_LINE_MS } from "../limits.ts";
import { type Command, type CommandContext, defineCommand } from "./command.ts";
import { DemoNetwork } from "./demo/network.ts";
import { LEGEND, networkLine } from "./demo/view.ts";
import { nowLine } from "./radio/display.ts";

const options = {
  port: {
    type: "number",
    default: 8000,
    max: 65_535,
    value: "PORT",
    help: "Port of the first listener; free ones are taken where it is in use",
  },
} as const;

type DemoContext = CommandContext<typeof options>;

const command: Command<typeof options> = defineCommand({
  name: "demo",
  summary: "Run a whole network on this machine, with bundled media",
  usage: "demo [options]",
  help: {
    about:
      "Starts a station on a web server, a gateway and three listeners, all in this process, with music that comes with the program. Open one of the pages or streams it prints. It runs until interrupted and leaves nothing behind.",
    examples: [
      { does: "Run it", line: "alluvium demo" },
      {
        does: "Listen in a media player",
        line: "mpv http://127.0.0.1:8000/stream.mp3",
      },
    ],
  },
  options,
  run: demo,
});

export default command;

async function demo(context: DemoContext): Promise<void> {
  const { clock, options } = context;
  const startedMs = clock.monotonic();
  const network = await DemoNetwork.start(context, options.port);
  try {
    tellAddresses(context, network);
    const view = new DemoView(context, network, startedMs);
    while (!context.signal.aborted) {
      view.show();
      await clock.sleep(STATUS_LINE_MS, context.signal).catch(() => {});
    }
  } finally {
    context.progress.clear();
    await network.close();
  }
}

function tellAddresses(context: DemoContext, network: DemoNetwork): void {
  const { playlist } = network.origin;
  const pages = network.listeners.map(({ url }) => url);
  const streams = pages.map((page) => `${page}stream.mp3`);
  if (context.json) {
    return context.emit({ event: "demo", playlist, pages, streams });
  }
  context.out(`Station     ${playlist}`);
  pages.forEach((page, i) => {
    context.out(`Listener ${i + 1}  page ${page}  stream ${streams[i]}`);
  });
  context.out("Open a page in a browser, or a stream in any media player.");
  context.out(`${LEGEND}. Ctrl-C ends the demo.`);
}

/** Shows what happens: a line for each item, and the live line. */
class DemoView {
  readonly #context: DemoContext;
  readonly #network: DemoNetwork;
  readonly #startedMs: number;
  #isOnAir = false;
  #told = "";
  #reportedMs = -Infinity;

  constructor(context: DemoContext, network: DemoNetwork, startedMs: number) {
    this.#context = context;
    this.#network = network;
    this.#startedMs = startedMs;
  }

  show(): void {
    const listeners = this.#network.listeners.map(({ radio, node }) => ({
      status: radio.status(),
      id: node.id,
      peers: node.linkedPeers(),
    }));
    const statuses = listeners.map(({ status }) => status);
    const line = networkLine(listeners, this.#network.origin.count);
    this.#tellStart(statuses.every(hasMount));
    const station = statuses[0]?.stations[0];
    if (station && this.#told !== nowLine(station)) {
      this.#told = nowLine(station);
      const { now } = station;
      if (this.#context.json) this.#context.emit({ event: "now", now });
      else this.#context.out(`On now      ${this.#told}`);
    }
    this.#context.progress.status(line);
    this.#report(line, statuses);
  }

  #tellStart(areAllOn: boolean): void {
    if (this.#isOnAir || !areAllOn) return;
    this.#isOnAir = true;
    const ms = Math.round(this.#context.clock.monotonic() - this.#startedMs);
    if (this.#context.json) this.#context.emit({ event: "on-air", ms });
    else this.#context.out(`On the air after ${(ms / 1000).toFixed(1)} s`);
  }

  /** Every now and then the live line stays, for those who see no live line. */
  #report(line: string, statuses: { swarm: unknown }[]): void {
    const nowMs = this.#context.clock.monotonic();
    if (nowMs - this.#reportedMs < DEMO_REPORT_MS || !this.#isOnAir) return;
    this.#reportedMs = nowMs;
    if (!this.#context.json) return this.#context.out(line);
    this.#context.emit({
      event: "network",
      origin: this.#network.origin.count,
      listeners: statuses.map(({ swarm }) => swarm),
    });
  }
}

function hasMount({ stations }: { stations: { mounts: unknown[] }[] }) {
  return stations.some(({ mounts }) => mounts.length > 0);
}
