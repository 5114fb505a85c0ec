/**
 * `alluvium listen`: one station, played on this machine.
 *
 * @module
 */
import { type Command, defineCommand } from "./command.ts";
import {
  ICECAST_OPTIONS,
  type IcecastOptionValues,
} from "./icecast_options.ts";
import { Display } from "./radio/display.ts";
import { stationAddress } from "./radio/names.ts";
import { RADIO_OPTIONS } from "./radio/options.ts";
import { type RadioContext, RadioSession } from "./radio/session.ts";

const options = {
  ...RADIO_OPTIONS,
  ...ICECAST_OPTIONS,
  host: {
    type: "string",
    default: "127.0.0.1",
    value: "ADDRESS",
    help: "Address to listen on; 0.0.0.0 lets the whole network listen",
  },
} as const;

const command: Command<typeof options> = defineCommand({
  name: "listen",
  summary: "Tune in to a station: a local stream and a player page",
  usage: "listen PLAYLIST [options]",
  help: {
    about:
      "Reads the station's playlist, finds what is on the air now, fetches it from other listeners and from the station, and plays it as an endless stream on this machine. Open the page in a browser, or the stream in any media player. Runs until interrupted.",
    examples: [
      {
        does: "Tune in; the page is at http://127.0.0.1:8000/",
        line: "alluvium listen https://radio.example/playlist.rss",
      },
      {
        does: "Play it in a media player",
        line: "mpv http://127.0.0.1:8000/stream.mp3",
      },
      {
        does: "Take without giving, and be seen by nobody",
        line: "alluvium listen https://radio.example/playlist.rss --no-share",
      },
    ],
  },
  operands: { min: 1, max: 1 },
  options,
  run: (context) => listen(context, context.options.host, context.options),
});

export default command;

/**
 * Plays the station of the first operand, or none yet: the page offers to tune.
 *
 * @param hostname address to listen on
 * @param icecast who may send, administer and listen
 */
export async function listen(
  context: RadioContext,
  hostname: string,
  icecast?: IcecastOptionValues,
): Promise<void> {
  const session = await RadioSession.open(context, {
    hostname,
    prefixed: false,
    crossOrigin: false,
    ...(icecast ? { icecast } : {}),
  });
  try {
    const display = new Display(context, session);
    const [address] = context.operands;
    if (address !== undefined) {
      await session.radio.tune(stationAddress(address));
    }
    display.tellPage();
    context.log("warn", session.sharingNotice);
    await display.run();
  } finally {
    await session.close();
  }
}
