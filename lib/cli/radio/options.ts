/**
 * The options of every command that plays stations on a front port.
 *
 * @module
 */
import { FRONT_OPTIONS } from "../front_options.ts";
import { SWARM_OPTIONS } from "../swarm_options.ts";

/** Options of a radio, for a command's `options`; `host` has the command's own default. */
export const RADIO_OPTIONS = {
  port: {
    type: "number",
    default: 8000,
    max: 65_535,
    value: "PORT",
    help: "Port of the streams and the page; 0 for any free one",
  },
  "from-start": {
    type: "boolean",
    help: "Play the first item from its beginning instead of joining in",
  },
  ...FRONT_OPTIONS,
  ...SWARM_OPTIONS,
} as const;
