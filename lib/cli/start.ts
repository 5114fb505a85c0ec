/**
 * `alluvium` alone: the front port with the start page, where a station's
 * address can be pasted.
 *
 * @module
 */
import { type Command, defineCommand } from "./command.ts";
import { ICECAST_OPTIONS } from "./icecast_options.ts";
import { listen } from "./listen.ts";
import { RADIO_OPTIONS } from "./radio/options.ts";

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
  name: "start",
  summary: "Open the start page",
  usage: "start [PLAYLIST] [options]",
  help: {
    about:
      "Opens the page at http://127.0.0.1:8000/, where you can paste a station's address and choose among those you heard before; alluvium alone is the same. With an address it is alluvium listen.",
    examples: [
      { does: "Open the start page", line: "alluvium" },
      { does: "On another port", line: "alluvium --port 9000" },
    ],
  },
  operands: { min: 0, max: 1 },
  options,
  run: (context) => listen(context, context.options.host, context.options),
});

export default command;
