/**
 * The options of every command that opens a port to the world, so that they
 * mean the same by the same words.
 *
 * @module
 */
import {
  type FrontOptions,
  hostAllowList,
  trustedProxies,
} from "../http/mod.ts";
import { AlluviumError } from "../errors.ts";
import type { OptionValues } from "./command.ts";

/** Who may ask, and what we are called; for a command's `options`. */
export const FRONT_OPTIONS = {
  "allow-host": {
    type: "list",
    value: "NAME",
    group: "Network",
    help: "Another name or address that this machine is called by",
  },
  "public-url": {
    type: "string",
    value: "URL",
    group: "Network",
    help: "Where the world finds this, e.g. behind a proxy",
  },
  "trust-proxy": {
    type: "list",
    value: "CIDR",
    group: "Network",
    help: "Reverse proxy whose X-Forwarded-For is believed",
  },
} as const;

/**
 * What a front is told of them.
 *
 * @throws AlluviumError `usage`
 */
export function frontPolicy(
  options: OptionValues<typeof FRONT_OPTIONS>,
): Required<Pick<FrontOptions, "allowedHosts" | "isTrustedProxy">> {
  const publicUrl = options["public-url"];
  const extra = [...options["allow-host"]];
  if (publicUrl !== undefined) extra.push(hostOf(publicUrl));
  const machineName = ownName();
  return {
    allowedHosts: hostAllowList({
      extra,
      ...(machineName === undefined ? {} : { machineName }),
    }),
    isTrustedProxy: trustedProxies(options["trust-proxy"]),
  };
}

function hostOf(publicUrl: string): string {
  const url = URL.parse(publicUrl);
  if (url !== null && /^https?:$/.test(url.protocol)) return url.hostname;
  throw new AlluviumError(
    "usage",
    `Cannot read "${publicUrl}" as an address: expected one such as https://radio.example/`,
    { field: "public-url" },
  );
}

/** The machine's own name, where it may be asked. */
function ownName(): string | undefined {
  try {
    return Deno.hostname();
  } catch {
    return undefined;
  }
}
