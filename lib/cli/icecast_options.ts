/**
 * The options of every command whose front port is an Icecast server: who may
 * send, administer and listen, and what is relayed.
 *
 * @module
 */
import type { Clock } from "../clock.ts";
import { AlluviumError } from "../errors.ts";
import type { HostPolicy } from "../http/mod.ts";
import {
  IcecastServer,
  ListenerUsers,
  type MountTable,
  parseUserTable,
  Relay,
  type UserTable,
} from "../icecast/mod.ts";
import type { Log } from "../log.ts";
import type { OptionValues } from "./command.ts";
import {
  MOUNT_SETTING_NAMES,
  type MountWords,
  parseMountWords,
} from "./mount_words.ts";

/** For a command's `options`. */
export const ICECAST_OPTIONS = {
  "source-password": {
    type: "string",
    value: "PASSWORD",
    group: "Live",
    help:
      "Lets source clients (butt, ffmpeg, liquidsoap) send, as user source; also Shoutcast's, on the next port",
  },
  mount: {
    type: "list",
    value: "SETTINGS",
    group: "Live",
    help:
      '"/live.mp3 fallback=/stream.mp3 max-listeners=100": one mount\'s path and its ' +
      MOUNT_SETTING_NAMES.join(", "),
  },
  "admin-password": {
    type: "string",
    value: "PASSWORD",
    group: "Live",
    help: "Opens Icecast's admin API, as user admin",
  },
  "relay-password": {
    type: "string",
    value: "PASSWORD",
    group: "Live",
    help: "Lets Icecast relays ask for the list of mounts, as user relay",
  },
  "relay-mount": {
    type: "list",
    value: "PATH=URL",
    group: "Live",
    help: "Relay a mount of another server; spare addresses after a blank",
  },
  "relay-on-demand": {
    type: "boolean",
    group: "Live",
    help: "Relay only while somebody listens",
  },
  "max-listeners": {
    type: "number",
    min: 1,
    value: "NUMBER",
    group: "Listeners",
    help: "Listeners at a time",
  },
  "max-bandwidth": {
    type: "rate",
    group: "Listeners",
    help: "For all listeners together, e.g. 50Mbit",
  },
  "max-listen-time": {
    type: "number",
    min: 1,
    value: "SECONDS",
    group: "Listeners",
    help: "Let a listener go after so long",
  },
  "listener-users": {
    type: "string",
    value: "FILE",
    group: "Listeners",
    help: "JSON file of mounts that only known listeners may hear",
  },
} as const;

/** Their values. */
export type IcecastOptionValues = OptionValues<typeof ICECAST_OPTIONS>;

/** What a server is put together with besides the options. */
export interface IcecastContext {
  mounts: MountTable;
  clock: Clock;
  log: Log;
  allowedHosts: HostPolicy | "any";
  publicUrl?: string;
}

/**
 * The server of a command, its relays begun.
 *
 * @param options absent: nobody may send or administer, everyone may listen
 * @throws AlluviumError `usage`, `storage`
 */
export async function openIcecast(
  options: IcecastOptionValues | undefined,
  context: IcecastContext,
): Promise<IcecastServer> {
  if (options === undefined) return await IcecastServer.open(context);
  const file = options["listener-users"];
  const mounts = options.mount.map(parseMountWords);
  const server = await IcecastServer.open({
    ...context,
    accounts: accountsOf(options, mounts),
    limits: limitsOf(options),
    settings: Object.fromEntries(
      mounts.map(({ path, settings }) => [path, settings]),
    ),
    ...(file === undefined ? {} : { users: await loadUsers(file, context) }),
  });
  try {
    const relays = options["relay-mount"].map(relayed);
    for (const [i, [path, urls]] of relays.entries()) {
      if (relays.findIndex(([other]) => other === path) < i) {
        throw wrong(path, "each path once");
      }
      server.addRelay(
        new Relay({
          ...context,
          path,
          upstreams: urls.split(/\s+/).map(upstreamOf),
          onDemand: options["relay-on-demand"],
        }),
      );
    }
  } catch (error) {
    await server.close();
    throw error;
  }
  return server;
}

function accountsOf(
  options: IcecastOptionValues,
  mounts: readonly MountWords[],
) {
  const source = options["source-password"];
  const admin = options["admin-password"];
  const relay = options["relay-password"];
  return {
    ...(source === undefined ? {} : { source }),
    ...(admin === undefined ? {} : { admin }),
    ...(relay === undefined ? {} : { relay }),
    mounts: Object.fromEntries(
      mounts.flatMap(({ path, password }) =>
        password ? [[path, password]] : []
      ),
    ),
  };
}

function limitsOf(options: IcecastOptionValues) {
  const listenersMax = options["max-listeners"];
  const bandwidthMax = options["max-bandwidth"];
  const seconds = options["max-listen-time"];
  return {
    ...(listenersMax === undefined ? {} : { listenersMax }),
    ...(bandwidthMax === undefined ? {} : { bandwidthMax }),
    ...(seconds === undefined ? {} : { durationMsMax: seconds * 1000 }),
  };
}

/** `PATH=URL…`, the path up to the first `=`. */
function relayed(text: string): [string, string] {
  const match = /^(\/[^=]+)=(.+)$/s.exec(text);
  if (match === null) throw wrong(text, "/PATH=URL");
  return [match[1]!, match[2]!];
}

function upstreamOf(text: string): URL {
  const url = URL.parse(text);
  if (url !== null && /^https?:$/.test(url.protocol)) return url;
  throw wrong(text, "an http address");
}

function wrong(text: string, wanted: string): AlluviumError {
  return new AlluviumError(
    "usage",
    `Cannot read "${text}": expected ${wanted}`,
    { field: "relay-mount" },
  );
}

/** Reads the file, and writes it again after each change. */
async function loadUsers(
  file: string,
  { log }: IcecastContext,
): Promise<ListenerUsers> {
  let json: unknown;
  try {
    json = JSON.parse(await Deno.readTextFile(file));
  } catch (cause) {
    throw new AlluviumError("usage", "Cannot read the listeners' file", {
      file,
      cause,
    });
  }
  let saved = Promise.resolve();
  return new ListenerUsers(parseUserTable(json), (changed) => {
    saved = saved.then(() => saveUsers(file, changed)).catch((error) => {
      log("error", `Cannot write ${file}: ${error}`);
    });
  });
}

/** One change after the other, and never half a file. */
async function saveUsers(file: string, table: UserTable): Promise<void> {
  const text = JSON.stringify(table, null, 2) + "\n";
  await Deno.writeTextFile(`${file}.new`, text, { mode: 0o600 });
  await Deno.rename(`${file}.new`, file);
}
