/**
 * A process of clients that announce on command, and the hand that commands
 * several such processes at once. Latencies are counted from the moment an
 * announcement was due, so that a server that stalls cannot hide it.
 *
 * @module
 */
import { systemClock } from "../../lib/clock.ts";
import {
  type Announcer,
  type AnnouncerOptions,
  answerDialBacks,
  connectAnnouncer,
} from "./announcers.ts";
import { linesOf } from "./trackers.ts";

/** What a process of clients is told. */
export type Command =
  /** Connect clients `from` to `from + count`, and join. */
  | { do: "connect"; from: number; count: number }
  /** As many as can be, `inFlight` at a time. */
  | {
    do: "most";
    kind: "again" | "move";
    clients: number;
    seconds: number;
    inFlight: number;
  }
  /** So many a second; with `chat`, ten words of a listener's for each. */
  | {
    do: "rate";
    kind: "again" | "move";
    clients: number;
    seconds: number;
    perSecond: number;
    chat: boolean;
    /** Clients a second that hang up, and others that come. @default {0} */
    churn?: number;
    /** Part of the files' names: others than before. @default {""} */
    generation?: string;
  };

/** What it answers. */
export interface Report {
  announces: number;
  seconds: number;
  /** Milliseconds to the answer, ascending. */
  latenciesMs: number[];
}

/** Words between two files: a listener says what it holds at every tenth. */
const CHATS = 10;

/** Connections made at a time. */
const BATCH = 50;

/** How often a steady rate is served. */
const TICK_MS = 5;

/** Several processes of clients. */
export class AnnouncerProcesses {
  readonly #processes: {
    child: Deno.ChildProcess;
    writer: WritableStreamDefaultWriter<Uint8Array>;
    lines: AsyncGenerator<string>;
  }[] = [];

  /** Starts them; nothing is connected yet. */
  constructor(
    readonly count: number,
    options: Omit<AnnouncerOptions, "peerPort" | "generation">,
  ) {
    for (let i = 0; i < count; i++) {
      const child = new Deno.Command(Deno.execPath(), {
        args: [
          ...["run", "-A", "--no-check"],
          ...["--import-map", "scripts/npm/import_map.json"],
          ...[new URL("gateway.ts", import.meta.url).pathname, "clients"],
          JSON.stringify(options),
        ],
        stdin: "piped",
        stdout: "piped",
      }).spawn();
      const writer = child.stdin.getWriter();
      this.#processes.push({ child, writer, lines: linesOf(child.stdout) });
    }
  }

  /** Gives each process its command; all of their reports as one. */
  async tell(commandOf: (i: number) => Command): Promise<Report> {
    const reports = await Promise.all(
      this.#processes.map(async ({ writer, lines }, i) => {
        const line = `${JSON.stringify(commandOf(i))}\n`;
        await writer.write(new TextEncoder().encode(line));
        return JSON.parse((await lines.next()).value ?? "null") as Report;
      }),
    );
    return {
      announces: reports.reduce((sum, { announces }) => sum + announces, 0),
      seconds: Math.max(...reports.map(({ seconds }) => seconds)),
      latenciesMs: reports.flatMap(({ latenciesMs }) => latenciesMs)
        .sort((a, b) => a - b),
    };
  }

  /** Ends them, and with them their connections. */
  async stop(): Promise<void> {
    await Promise.all(this.#processes.map(async ({ child, writer, lines }) => {
      await writer.close();
      await child.status;
      await lines.return(undefined);
    }));
  }
}

/** Does what it is told, line by line, until its input ends. */
export async function clientsMain(options: AnnouncerOptions): Promise<void> {
  const { port: peerPort } = await answerDialBacks();
  const all = { ...options, peerPort, generation: { name: "" } };
  const clients: Announcer[] = [];
  for await (const line of linesOf(Deno.stdin.readable)) {
    const command = JSON.parse(line) as Command;
    const report = command.do === "connect"
      ? await connect(command, clients, all)
      : command.do === "most"
      ? await most(command, clients)
      : await rate(command, clients, all);
    console.log(JSON.stringify(report));
  }
  Deno.exit(0);
}

async function connect(
  { from, count }: Command & { do: "connect" },
  clients: Announcer[],
  options: AnnouncerOptions,
): Promise<Report> {
  const startMs = systemClock.monotonic();
  for (let n = from; n < from + count; n += BATCH) {
    const numbers = Array.from(
      { length: Math.min(BATCH, from + count - n) },
      (_, i) => n + i,
    );
    clients.push(
      ...await Promise.all(numbers.map((n) => connectOne(n, options))),
    );
  }
  const seconds = (systemClock.monotonic() - startMs) / 1000;
  return { announces: count, seconds, latenciesMs: [] };
}

async function connectOne(
  n: number,
  options: AnnouncerOptions,
): Promise<Announcer> {
  const client = await connectAnnouncer(n, options);
  await new Promise<void>((done) => client.announce("again", done));
  return client;
}

async function most(
  { kind, clients: count, seconds, inFlight }: Command & { do: "most" },
  clients: Announcer[],
): Promise<Report> {
  const startMs = systemClock.monotonic();
  const endMs = startMs + seconds * 1000;
  const idle = clients.slice(0, count);
  const latenciesMs: number[] = [];
  const one = async () => {
    for (;;) {
      const dueMs = systemClock.monotonic();
      if (dueMs >= endMs) return;
      const client = idle.shift()!;
      await new Promise<void>((done) => client.announce(kind, done));
      idle.push(client);
      latenciesMs.push(systemClock.monotonic() - dueMs);
    }
  };
  await Promise.all(Array.from({ length: inFlight }, one));
  return {
    announces: latenciesMs.length,
    seconds: (systemClock.monotonic() - startMs) / 1000,
    latenciesMs,
  };
}

async function rate(
  command: Command & { do: "rate" },
  clients: Announcer[],
  options: AnnouncerOptions,
): Promise<Report> {
  const { kind, clients: count, seconds, perSecond, chat } = command;
  const { churn = 0, generation = "" } = command;
  options.generation.name = generation;
  const startMs = systemClock.monotonic();
  const total = Math.floor(seconds * perSecond);
  const idle = clients.slice(0, count);
  const waiting: number[] = [];
  const latenciesMs: number[] = [];
  const { promise: over, resolve: finish } = Promise.withResolvers<void>();
  const next = () => {
    if (waiting.length === 0 || idle.length === 0) return;
    const [client, dueMs] = [idle.shift()!, waiting.shift()!];
    client.announce(kind, () => {
      latenciesMs.push(systemClock.monotonic() - dueMs);
      idle.push(client);
      if (chat) { for (let i = 0; i < CHATS; i++) client.chat(); }
      if (latenciesMs.length === total) finish();
      next();
    });
  };
  let replaced = 0;
  const replacing: Promise<unknown>[] = [];
  /** Somebody who waits for nothing goes, somebody with its address comes. */
  const replace = () => {
    const old = idle.shift();
    if (old === undefined) return;
    old.close();
    replacing.push(
      connectOne(old.number, options).then((client) => {
        clients[clients.indexOf(old)] = client;
        idle.push(client);
        next();
      }),
    );
  };
  for (let sent = 0; sent < total;) {
    if ((systemClock.monotonic() - startMs) * churn / 1000 > replaced) {
      replaced++;
      replace();
    }
    const dueMs = startMs + sent * 1000 / perSecond;
    if (systemClock.monotonic() < dueMs) {
      await systemClock.sleep(TICK_MS);
      continue;
    }
    waiting.push(dueMs);
    next();
    sent++;
  }
  await over;
  await Promise.all(replacing);
  return {
    announces: total,
    seconds: (systemClock.monotonic() - startMs) / 1000,
    latenciesMs,
  };
}
