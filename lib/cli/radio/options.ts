/**
 * The options of every command that plays stations on a front port.
 *
 * @module
 */
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
  "allow-host": {
    type: "list",
    value: "NAME",
    help: "A further name this machine is called by in addresses",
  },
  "public-url": {
    type: "string",
    value: "URL",
    help: "Where the port is for the world, e.g. behind a proxy",
  },
  ...SWARM_OPTIONS,
} as const;
