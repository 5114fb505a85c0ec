/**
 * Two gateways on one Redis, all of them processes of their own, and light
 * clients on each: everyone must hear of peers on the other side, and when one
 * gateway is killed all of its clients must be on the other. The clients do what
 * `lib/peer/gateways.ts` does (tests/peer): when a gateway is lost they go to
 * the next one of their list at once.
 *
 * @module
 */
import type { Buffer } from "node:buffer";
import {
  addressOf,
  answerDialBacks,
  idOf,
} from "../../scripts/compare/announcers.ts";
import { LightSocket } from "../../scripts/compare/light_socket.ts";
import { systemClock } from "../../lib/clock.ts";
import { startAlluvium } from "../support/alluvium.ts";
import { freePorts } from "../support/ports.ts";
import type { Child } from "../support/processes.ts";
import { startRedis } from "../support/redis.ts";
import { tempFolder } from "../support/temp.ts";
import { oneFile, startOrigin } from "./world.ts";

/** Clients that connect at a time. */
const BATCH = 50;

/** Numbers of the clients of the first and of the second gateway begin here. */
const FIRST = [1, 0x10001];

/** How long anything is waited for. */
const PATIENCE_MS = 30_000;

/** What the two showed. */
export interface AcrossFigures {
  /** From the last join until everyone knew of a peer on the other side, in ms. */
  meetMs: number;
  /** From the kill until all of its clients had joined the other, in ms. */
  moveMs: number;
  /** Times the origin was asked for the file. */
  downloads: number;
}

/** Where a listener is, and what all of one gateway have in common. */
interface ListenerTools {
  /** Its gateway, and the one to go to when that is lost. */
  ports: number[];
  url: string;
  peerPort: number;
  /** How the addresses of the other gateway's clients begin. */
  abroad: string;
}

/** A listener. */
class Listener {
  /** Resolves when it has joined its own gateway … */
  readonly joined: Promise<void>;
  /** … has heard of a peer on the other side … */
  readonly met: Promise<void>;
  /** … and has joined the other gateway. */
  readonly moved: Promise<void>;
  #resolvers: PromiseWithResolvers<void>[];
  #socket: LightSocket | undefined;
  #over = false;

  constructor(
    private readonly n: number,
    private readonly tools: ListenerTools,
  ) {
    const all = [1, 2, 3].map(() => Promise.withResolvers<void>());
    this.#resolvers = all;
    [this.joined, this.met, this.moved] = all.map(({ promise }) => promise) as [
      Promise<void>,
      Promise<void>,
      Promise<void>,
    ];
    void this.#connect(0);
  }

  close(): void {
    this.#over = true;
    this.#socket?.destroy();
  }

  async #connect(which: number): Promise<void> {
    const localAddress = addressOf(this.n);
    const { ports, url, peerPort } = this.tools;
    const socket = await LightSocket.connect({
      ...{ port: ports[which]!, localAddress, path: "/ocn/v1/swarm" },
      text: (payload) => this.#take(payload, which),
      closed: () => {
        if (!this.#over && which === 0) void this.#connect(1);
      },
    });
    this.#socket = socket;
    const say = (message: unknown) => socket.send(JSON.stringify(message));
    const id = idOf(localAddress);
    say({ t: "hello", v: 1, id, port: peerPort, capacity: 1, share: true });
    say({ t: "join", ref: 1, url, leaf: 0, chunk: 1, lease: 0 });
  }

  #take(payload: Buffer, which: number): void {
    const [joined, met, moved] = this.#resolvers;
    const text = payload.toString();
    if (text.includes(`"host":"${this.tools.abroad}.`)) met!.resolve();
    if (text.startsWith('{"t":"joined"')) {
      (which === 0 ? joined! : moved!).resolve();
    }
  }
}

async function startOne(redis: string, port: number, data: string) {
  const child = await startAlluvium(
    ...["gateway", "--port", `${port}`, "--data", data, "--store", redis],
    "--allow-private",
  );
  await child.waitFor(/^Gateway +http/m, 20_000);
  return child;
}

/** `each` clients of one gateway, all joined. */
async function gather(
  first: number,
  each: number,
  tools: ListenerTools,
): Promise<Listener[]> {
  const crowd: Listener[] = [];
  while (crowd.length < each) {
    const count = Math.min(BATCH, each - crowd.length);
    const some = Array.from(
      { length: count },
      (_, i) => new Listener(first + crowd.length + i, tools),
    );
    await Promise.all(some.map(({ joined }) => joined));
    crowd.push(...some);
  }
  return crowd;
}

/**
 * How long until all of them have come.
 *
 * @throws {Error} after PATIENCE_MS, with how many have not
 */
async function timed(all: Promise<void>[]): Promise<number> {
  const startMs = systemClock.monotonic();
  let missing = all.length;
  for (const one of all) void one.then(() => missing--);
  const enough = new AbortController();
  const late = systemClock.sleep(PATIENCE_MS, enough.signal)
    .catch(() => {});
  await Promise.race([Promise.all(all), late]);
  enough.abort();
  if (missing > 0) throw new Error(`${missing} of ${all.length} wait in vain`);
  return systemClock.monotonic() - startMs;
}

/**
 * Starts both with so many clients on each, then kills the first.
 *
 * @param each clients of one gateway
 */
export async function meetAcross(each: number): Promise<AcrossFigures> {
  await using redis = await startRedis();
  await using folder = await tempFolder();
  await using origin = await startOrigin(oneFile(new Uint8Array(50_000)));
  const ports = freePorts(2);
  const children: Child[] = [];
  const crowds: Listener[][] = [];
  const backs = await answerDialBacks();
  try {
    for (const [i, port] of ports.entries()) {
      children.push(await startOne(redis.url, port, folder.file(`data${i}`)));
    }
    const url = `${origin.url}a.mp3`;
    for (const i of [0, 1]) {
      const tools = {
        ports: [ports[i]!, ports[1 - i]!],
        ...{ url, peerPort: backs.port },
        abroad: addressOf(FIRST[1 - i]!).split(".", 2).join("."),
      };
      crowds.push(await gather(FIRST[i]!, each, tools));
    }
    const meetMs = await timed(crowds.flat().map(({ met }) => met));
    await children[0]!.end("SIGKILL");
    const moveMs = await timed(crowds[0]!.map(({ moved }) => moved));
    const gets = origin.requests.filter((line) => line === "GET /a.mp3");
    return { meetMs, moveMs, downloads: gets.length };
  } finally {
    for (const listener of crowds.flat()) listener.close();
    backs.close();
    for (const child of children) await child.end();
  }
}
