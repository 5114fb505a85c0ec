/**
 * `alluvium gateway`: the service that introduces a station's listeners to each
 * other, on a port of its own.
 *
 * @module
 */
import { AlluviumError } from "../errors.ts";
import {
  createGateway,
  type Gateway,
  type GatewayOptions,
  type GatewayStore,
  SqliteStore,
} from "../gateway/mod.ts";
import { Front } from "../http/mod.ts";
import { passedSocket } from "./activation.ts";
import { type Command, type CommandContext, defineCommand } from "./command.ts";
import { FRONT_OPTIONS, frontPolicy } from "./front_options.ts";
import { formatSize } from "./quantities.ts";
import { StationList } from "./station_list.ts";
import { cacheFolder } from "./swarm_options.ts";

const options = {
  port: {
    type: "number",
    default: 7170,
    max: 65_535,
    value: "PORT",
    help: "Port to serve on; 0 for any free one",
  },
  host: {
    type: "string",
    default: "127.0.0.1",
    value: "ADDRESS",
    help: "Address to serve on; 0.0.0.0 for everyone",
  },
  data: {
    type: "string",
    value: "DIR",
    group: "Storage",
    help:
      "Folder for kept files and the store; under the system's cache folder by default",
  },
  store: {
    type: "string",
    value: "STORE",
    group: "Storage",
    help:
      "Where to remember hash trees: sqlite:FILE, by default in the folder, or redis://HOST:PORT shared by several gateways",
  },
  keep: {
    type: "size",
    default: 1024 ** 3,
    group: "Storage",
    help: "How much to keep of the files it hashed, to serve them itself",
  },
  "allow-private": {
    type: "boolean",
    group: "Network",
    help: "Also take media URLs on this machine and private networks",
  },
  "neighbour-url": {
    type: "string",
    value: "URL",
    group: "Network",
    help:
      "Where other gateways on the same Redis reach this one; by default the machine's name and the port",
  },
  "media-host": {
    type: "list",
    value: "NAME",
    group: "Network",
    help:
      "Take media only from this host and the names below it; again for more",
  },
  station: {
    type: "list",
    value: "URL",
    group: "Network",
    help: "Take only what this station's playlist names; again for more",
  },
  ...FRONT_OPTIONS,
} as const;

type Context = CommandContext<typeof options>;

const command: Command<typeof options> = defineCommand({
  name: "gateway",
  summary: "Introduce listeners to each other and hand out hash trees",
  usage: "gateway [options]",
  help: {
    about:
      "Listeners of a station find each other here, and learn the hashes by which they check what they give each other. Name the gateway's address in the playlist (alluvium broadcast --gateway URL), or give it to a listener (alluvium listen --gateway URL).\n\nA file that nobody has hashed is downloaded once, hashed while it arrives, and kept for a while, so that the listeners' first bytes come from here and its web server is asked once. Who listens to what is not written down.\n\nIt takes media from the public internet only; a gateway for one's own network starts with --allow-private. Behind a web server that does TLS, name its address with --public-url.",
    examples: [
      {
        does: "Run one for the world",
        line:
          "alluvium gateway --host 0.0.0.0 --public-url http://gateway.example:7170/",
      },
      {
        does: "Run one for a home network, keeping at most 200 MB",
        line:
          "alluvium gateway --host 0.0.0.0 --allow-private --keep 200M --allow-host 192.168.1.10",
      },
    ],
  },
  options,
  async run(context) {
    const descriptor = passedSocket(context.env, Deno.pid);
    const gateway = await startGateway(context);
    try {
      const front = await Front.listen({
        routes: gateway.routes,
        sockets: gateway.sockets,
        hostname: context.options.host,
        port: context.options.port,
        ...(descriptor === undefined ? {} : { descriptor }),
        clock: context.clock,
        log: context.log,
        ...frontPolicy(context.options),
      });
      try {
        gateway.listening(front.port, neighbourUrl(context, front));
        announce(context, front);
        await interruption(context.signal);
      } finally {
        await front.close();
      }
    } finally {
      await gateway.close();
    }
  },
});

export default command;

async function startGateway(context: Context): Promise<Gateway> {
  const { options, clock, random, log } = context;
  const stations = new StationList(options.station, { clock, random, log });
  const isTaken = (url: string) => stations.plays(url);
  const folder = dataFolder(context);
  const publicUrl = options["public-url"];
  const shared = await openShared(options.store, folder, context);
  return await createGateway({
    ...(shared ?? { store: await openStore(options.store, folder) }),
    folder,
    keepBytes: options.keep,
    allowPrivate: options["allow-private"],
    mediaHosts: options["media-host"],
    ...(options.station.length === 0 ? {} : { isTaken }),
    ...(publicUrl === undefined ? {} : { publicUrl }),
    clock,
    random,
    log,
  });
}

function dataFolder(context: Context): string {
  const folder = context.options.data;
  if (folder !== undefined) return folder;
  const cache = cacheFolder(context);
  if (cache !== undefined) return `${cache}/gateway`;
  throw new AlluviumError(
    "usage",
    "Cannot find a folder to keep files in: name one with --data",
    { field: "data" },
  );
}

/** What several gateways have in common. */
type Shared = Required<
  Pick<GatewayOptions, "store" | "neighbours" | "claims">
>;

/** Store, news and claims of several gateways; undefined where there is only this one. */
async function openShared(
  name: string | undefined,
  folder: string,
  { clock, log }: Pick<Context, "clock" | "log">,
): Promise<Shared | undefined> {
  if (name === undefined || !/^rediss?:\/\/./.test(name)) return undefined;
  // Loaded only where it is wanted: it is larger than the rest of the gateway.
  const { RedisStore } = await import("../gateway/redis_store.ts");
  const { RedisNeighbours } = await import("../gateway/redis_neighbours.ts");
  const { PatientStore } = await import("../gateway/patient_store.ts");
  await makeFolder(folder);
  const gateway = await gatewayName(folder);
  const options = { url: name, gateway, clock, log };
  const store = await RedisStore.open(options);
  try {
    const neighbours = await RedisNeighbours.open(options);
    return {
      store: new PatientStore(store, clock, log),
      neighbours,
      claims: neighbours.claims(),
    };
  } catch (error) {
    await store.close();
    throw error;
  }
}

async function openStore(
  name: string | undefined,
  folder: string,
): Promise<GatewayStore> {
  const [, kind, place = ""] = /^([a-z]+):(.*)$/.exec(name ?? "") ?? [];
  if (name !== undefined && (kind !== "sqlite" || place === "")) {
    throw new AlluviumError(
      "usage",
      `Cannot use the store "${name}": wanted sqlite:FILE or redis://HOST:PORT`,
      { field: "store" },
    );
  }
  if (name === undefined) await makeFolder(folder);
  return new SqliteStore(
    name === undefined ? `${folder}/gateway.sqlite` : place,
  );
}

/** A name that stays with the folder, whose files it stands for in a shared store. */
async function gatewayName(folder: string): Promise<string> {
  const file = `${folder}/gateway.name`;
  try {
    return await Deno.readTextFile(file);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  const name = crypto.randomUUID();
  await Deno.writeTextFile(file, name);
  return name;
}

async function makeFolder(folder: string): Promise<void> {
  try {
    await Deno.mkdir(folder, { recursive: true });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new AlluviumError(
      "storage",
      `Cannot make the folder: ${why}`,
      { file: folder, cause: error },
    );
  }
}

/** Where other gateways fetch what this one is hashing. */
function neighbourUrl({ options }: Context, front: Front): string {
  const wild = ["0.0.0.0", "::"].includes(front.hostname);
  const url = options["neighbour-url"] ??
    (wild ? `http://${Deno.hostname()}:${front.port}/` : front.url);
  return url.replace(/\/?$/, "/");
}

function announce(context: Context, front: Front): void {
  const { options } = context;
  const url = options["public-url"] ?? front.url;
  if (context.json) return context.emit({ event: "listening", url });
  context.out(`Gateway  ${url}`);
  context.out(`Keeping  up to ${formatSize(options.keep)} of what it hashed`);
  if (options["allow-private"]) {
    context.out("Taking media from private networks too");
  }
}

function interruption(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
