/**
 * `alluvium relay`: stations for a whole network, on a machine that stays on.
 * Unlike `listen` it never gives a station up: one that cannot be read is tried
 * again, for the network may come after the relay.
 *
 * @module
 */
import { AlluviumError, toAlluviumError } from "../errors.ts";
import { RELAY_RETRY_MS, RELAY_RETRY_MS_MAX } from "../limits.ts";
import { type Command, type CommandContext, defineCommand } from "./command.ts";
import {
  ICECAST_OPTIONS,
  type IcecastOptionValues,
} from "./icecast_options.ts";
import { Display } from "./radio/display.ts";
import { type StationAddress, stationAddress } from "./radio/names.ts";
import { RADIO_OPTIONS } from "./radio/options.ts";
import { type RadioContext, RadioSession } from "./radio/session.ts";

const options = {
  ...RADIO_OPTIONS,
  ...ICECAST_OPTIONS,
  host: {
    type: "string",
    default: "0.0.0.0",
    value: "ADDRESS",
    help: "Address to listen on; 127.0.0.1 for this machine alone",
  },
} as const;

const command: Command<typeof options> = defineCommand({
  name: "relay",
  summary: "Stay on, serve the local network, keep sharing",
  usage: "relay [PLAYLIST…] [options]",
  help: {
    about:
      "The same as listen, for a whole network and for several stations: every player of the network can open the streams, and what was received goes on to other listeners. Made for a small machine that is always on. One station is at /stream.mp3; of several, or where a NAME= is given, each is at /NAME/stream.mp3. Without a station it serves live sources and relayed mounts alone, as Icecast does.",
    examples: [
      {
        does: "Serve one station to the local network",
        line: "alluvium relay https://radio.example/playlist.rss",
      },
      {
        does: "Serve two, at /jazz/stream.mp3 and /news/stream.mp3",
        line:
          "alluvium relay jazz=https://jazz.example/playlist.rss news=https://news.example/playlist.rss",
      },
      {
        does: "Take live sources instead of Icecast",
        line: "alluvium relay --source-password SECRET --admin-password OTHER",
      },
    ],
  },
  operands: { min: 0, max: 32 },
  options,
  run: relay,
});

export default command;

async function relay(context: CommandContext<typeof options>): Promise<void> {
  const addresses = context.operands.map(stationAddress);
  if (addresses.length === 0) checkPurpose(context.options);
  const session = await RadioSession.open(context, {
    hostname: context.options.host,
    prefixed: addresses.length > 1 || addresses[0]?.name !== undefined,
    crossOrigin: true,
    icecast: context.options,
  });
  const display = new Display(context, session);
  try {
    display.tellPage();
    context.log("warn", session.sharingNotice);
    await Promise.all([
      display.run(),
      ...addresses.map((address) => keepTrying(context, session, address)),
    ]);
  } finally {
    await session.close();
  }
}

/** @throws AlluviumError `usage` where nothing could ever be heard */
function checkPurpose(options: IcecastOptionValues): void {
  const hasSources = options["source-password"] !== undefined ||
    options.mount.some((text) => /\spassword=/.test(text));
  if (hasSources || options["relay-mount"].length > 0) return;
  throw new AlluviumError(
    "usage",
    "Nothing to relay: name a station, or give --source-password or --relay-mount",
  );
}

/** Tunes in, however long it takes. */
async function keepTrying(
  { clock, log, signal }: RadioContext,
  { radio }: RadioSession,
  address: StationAddress,
): Promise<void> {
  let pauseMs = RELAY_RETRY_MS;
  while (!signal.aborted) {
    try {
      await radio.tune(address);
      return;
    } catch (thrown) {
      const error = toAlluviumError(thrown);
      const seconds = Math.round(pauseMs / 1000);
      log("warn", `${error.describe()}; next try in ${seconds} s`);
    }
    await clock.sleep(pauseMs, signal).catch(() => {});
    pauseMs = Math.min(pauseMs * 2, RELAY_RETRY_MS_MAX);
  }
}
