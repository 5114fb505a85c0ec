/**
 * Our gateway beside npm's `bittorrent-tracker`, by HTTP and by WebSocket, in
 * one run: announcements a second, how soon they are answered at half of that,
 * and what connected peers cost. Clients are in processes of their own, each
 * with an address of its own. Linux only.
 *
 *     deno run -A --import-map scripts/npm/import_map.json \
 *       scripts/compare/gateway.ts [--seconds=10] [--held=15000]
 *
 * "again": the answer is peers, or for the tracker's WebSocket, which tells of
 * peers only by passing offers on, counts. "move": from one file to the next, as
 * listeners do after each item; for the tracker that is `stopped` and `started`.
 * With ours those who knew the peer are told, with the tracker nobody is. Other
 * work on the machine changes what comes a second; per CPU second it does not.
 *
 * @module
 */
import { parseArgs } from "@std/cli";
import { AnnouncerProcesses, clientsMain, type Report } from "./announcing.ts";
import { cpuSeconds } from "./usage.ts";
import type { Protocol } from "./announcers.ts";
import {
  type Memory,
  type RunningTracker,
  serverMain,
  startFiles,
  startTracker,
  type TrackerKind,
} from "./trackers.ts";

/** Processes of clients: each below its limit of open files. */
const PROCESSES = 2;

/** Clients of a process while the most announcements are sought. */
const CLIENTS = 500;

/** Announcements a process has under way then. */
const IN_FLIGHT = 50;

/** Few, as of a station: what is on, and what comes. */
const FILES = 20;

/** A listener goes on to the next file about as often. */
const ITEM_SECONDS = 180;

/** What one server showed. */
interface Row {
  name: string;
  /** Announcements a second. */
  again: number;
  /** The same, counting moves. */
  move: number;
  /** Moves in a second of the server's CPU time. */
  movePerCpu: number;
  /** 99 of 100 moves at half of that were answered within this. */
  p99Ms: number;
  /** Connected at the end; 0 where no connection is kept. */
  held: number;
  /** Per connected peer. */
  heapKiB: number;
  rssKiB: number;
  /** Of one core, with 10,000 connected that move every ITEM_SECONDS. */
  cpuPercent: number;
  /** As `p99Ms`, with all connected. */
  heldP99Ms: number;
}

interface Scale {
  seconds: number;
  held: number;
}

if (import.meta.main) {
  const args = parseArgs(Deno.args, {
    string: ["seconds", "held"],
    default: { seconds: "10", held: "15000" },
  });
  const [role, detail] = args._.map(String);
  if (role === "server") await serverMain();
  else if (role === "clients") await clientsMain(JSON.parse(detail ?? ""));
  else {
    const scale = { seconds: Number(args.seconds), held: Number(args.held) };
    await compare(scale);
  }
}

async function compare(scale: Scale): Promise<void> {
  const files = await startFiles();
  const rows: Row[] = [];
  const contenders: [string, TrackerKind, Protocol][] = [
    ["alluvium", "alluvium", "swarm"],
    ["bittorrent-tracker HTTP", "bittorrent-tracker", "http"],
    ["bittorrent-tracker WebSocket", "bittorrent-tracker", "offers"],
    ["the same without offers", "bittorrent-tracker", "ws"],
  ];
  for (const [name, kind, protocol] of contenders) {
    const tracker = await startTracker(kind);
    const clients = new AnnouncerProcesses(PROCESSES, {
      ...{ protocol, port: tracker.port },
      ...{ files: files.url, fileCount: FILES },
    });
    try {
      const keeps = protocol !== "http";
      rows.push({
        name,
        ...await measure(tracker, clients, scale, keeps),
      });
    } finally {
      await clients.stop();
      await tracker.stop();
    }
  }
  files.close();
  await print(rows);
}

async function measure(
  tracker: RunningTracker,
  clients: AnnouncerProcesses,
  { seconds, held }: Scale,
  keeps: boolean,
): Promise<Omit<Row, "name">> {
  const bare = await tracker.memory();
  await connect(clients, 0, CLIENTS);
  const again = (await most(tracker, clients, "again", seconds)).perSecond;
  const moves = await most(tracker, clients, "move", seconds);
  const { perSecond: move, perCpu: movePerCpu } = moves;
  const half = await atRate(clients, CLIENTS, move / 2, seconds);
  const p99Ms = percentile(half, 0.99);
  const figures = { again, move, movePerCpu, p99Ms };
  if (!keeps) {
    const nothing = { held: 0, heapKiB: NaN, rssKiB: NaN };
    return { ...figures, ...nothing, cpuPercent: NaN, heldP99Ms: NaN };
  }
  const each = held / PROCESSES;
  await connect(clients, CLIENTS, each - CLIENTS);
  const full = await tracker.memory();
  const heldHalf = await atRate(clients, each, move / 2, seconds);
  const cpuPercent = await living(tracker, clients, held, 3 * seconds);
  return {
    ...figures,
    held: (await tracker.memory()).descriptors - bare.descriptors,
    ...perPeer(bare, full, held),
    cpuPercent,
    heldP99Ms: percentile(heldHalf, 0.99),
  };
}

async function connect(
  clients: AnnouncerProcesses,
  there: number,
  count: number,
): Promise<void> {
  await clients.tell((i) => ({
    do: "connect",
    from: 1 + there + i * 10_000,
    count,
  }));
}

async function most(
  tracker: RunningTracker,
  clients: AnnouncerProcesses,
  kind: "again" | "move",
  seconds: number,
): Promise<{ perSecond: number; perCpu: number }> {
  const command = { do: "most", kind, clients: CLIENTS } as const;
  const inFlight = IN_FLIGHT;
  // The first time warms up.
  await clients.tell(() => ({ ...command, seconds: seconds / 3, inFlight }));
  const before = await cpuSeconds(tracker.pid);
  const report = await clients.tell(() => ({ ...command, seconds, inFlight }));
  const after = await cpuSeconds(tracker.pid);
  const { announces } = report;
  return {
    perSecond: announces / report.seconds,
    perCpu: announces / (after - before),
  };
}

async function atRate(
  clients: AnnouncerProcesses,
  count: number,
  perSecond: number,
  seconds: number,
): Promise<Report> {
  return await clients.tell(() => ({
    ...{ do: "rate", kind: "move", clients: count, chat: false },
    ...{ seconds, perSecond: perSecond / PROCESSES },
  }));
}

/** CPU of one core that 10,000 connected peers take, in percent. */
async function living(
  tracker: RunningTracker,
  clients: AnnouncerProcesses,
  held: number,
  seconds: number,
): Promise<number> {
  const before = await cpuSeconds(tracker.pid);
  const perSecond = held / PROCESSES / ITEM_SECONDS;
  const report = await clients.tell(() => ({
    ...{ do: "rate", kind: "move", clients: held / PROCESSES, chat: true },
    ...{ seconds, perSecond },
  }));
  const after = await cpuSeconds(tracker.pid);
  return 100 * (after - before) / report.seconds * 10_000 / held;
}

function perPeer(bare: Memory, full: Memory, held: number) {
  const kib = (a: number, b: number) => (b - a) / held / 1024;
  return {
    heapKiB: kib(bare.heapBytes, full.heapBytes),
    rssKiB: kib(bare.rssBytes, full.rssBytes),
  };
}

function percentile({ latenciesMs }: Report, part: number): number {
  return latenciesMs[Math.floor(latenciesMs.length * part)] ?? NaN;
}

async function print(rows: readonly Row[]): Promise<void> {
  const shell = new Deno.Command("sh", { args: ["-c", "ulimit -n"] });
  const limit = new TextDecoder().decode((await shell.output()).stdout).trim();
  console.log(`open files per process (ulimit -n): ${limit}`);
  console.table(Object.fromEntries(rows.map((row) => [row.name, {
    "again/s": Math.round(row.again),
    "move/s": Math.round(row.move),
    "per CPU s": Math.round(row.movePerCpu),
    "p99 ms": row.p99Ms.toFixed(1),
    "held": row.held,
    "heap KiB each": row.heapKiB.toFixed(1),
    "RSS KiB each": row.rssKiB.toFixed(1),
    "CPU % per 10,000": row.cpuPercent.toFixed(1),
    "p99 ms held": row.heldP99Ms.toFixed(1),
  }])));
  const [ours, ...theirs] = rows;
  for (const row of theirs) {
    if (ours === undefined) break;
    console.log(
      `${(ours.again / row.again).toFixed(2)} × the announcements, ` +
        `${(ours.move / row.move).toFixed(2)} × the moves, ` +
        `${(ours.movePerCpu / row.movePerCpu).toFixed(2)} × the moves per ` +
        `CPU second of ${row.name}`,
    );
  }
}
