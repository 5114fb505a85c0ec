/**
 * The program itself as a person runs it: a process from source for each
 * command, with the permissions that command has in `deno.json`.
 *
 * @module
 */

import { importMapFlags } from "../../scripts/import_map.ts";
import { ROOT } from "../../scripts/paths.ts";
import { systemClock } from "../../lib/clock.ts";
import type { Status } from "../../lib/player/status.ts";
import { freePort } from "./ports.ts";
import { type Child, type Result, run, start } from "./processes.ts";
import { type TempFolder, tempFolder } from "./temp.ts";

/** Milliseconds a command may take to be ready on a busy machine. */
const READY_MS = 20_000;

/** The words after `deno` for a command line of the program. */
export async function commandLine(args: string[]): Promise<string[]> {
  const flags = await importMapFlags();
  return ["run", "-q", "--no-prompt", `-P=${args[0]}`, ...flags, "main.ts"]
    .concat(args);
}

/** Runs a command to its end. */
export async function alluvium(...args: string[]): Promise<Result> {
  return await run(Deno.execPath(), await commandLine(args), { cwd: ROOT });
}

/** Starts a command that runs until it is ended. */
export async function startAlluvium(...args: string[]): Promise<Child> {
  return start(Deno.execPath(), await commandLine(args), { cwd: ROOT });
}

/** A running gateway; `await using` ends it. */
export interface RunningGateway extends AsyncDisposable {
  readonly url: string;
  readonly child: Child;
}

/** Starts `alluvium gateway`; resolves once it answers. */
export async function startGateway(): Promise<RunningGateway> {
  const folder = await tempFolder();
  const port = freePort();
  const child = await startAlluvium(
    ...["gateway", "--port", `${port}`, "--data", folder.path],
    "--allow-private",
  );
  const url = `http://127.0.0.1:${port}/`;
  await answers(`${url}time`, child);
  return {
    url,
    child,
    async [Symbol.asyncDispose]() {
      await child[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}

async function answers(url: string, child: Child): Promise<void> {
  const deadline = systemClock.monotonic() + READY_MS;
  while (child.running && systemClock.monotonic() < deadline) {
    const response = await fetch(url).catch(() => undefined);
    await response?.body?.cancel();
    if (response?.ok) return;
    await systemClock.sleep(20);
  }
  await child.end("SIGKILL");
  throw new Error(`No answer from ${url}:\n${child.output}`);
}

/** How a listener is started. */
export interface ListenerOptions {
  /** More words for the command line. */
  args?: string[];
  /** Its page and its streams. @default {any free one} */
  port?: number;
  /** @default {"listen"} */
  command?: "listen" | "relay";
}

/** A running listener; `await using` ends it and removes its cache. */
export interface Listener extends AsyncDisposable {
  readonly child: Child;
  /** Its page, with a slash at the end. */
  readonly url: string;
  /** Its stream of MP3. */
  readonly mp3: string;
  /** Its stream of Ogg. */
  readonly ogg: string;
  /** Where it keeps what it received. */
  readonly cache: TempFolder;
  /** What its page is told. */
  status(): Promise<Status>;
  /**
   * Waits until its status is as wanted.
   *
   * @throws {Error} after `timeoutMs`, with what it said last
   */
  waitFor(
    wanted: (status: Status) => boolean,
    timeoutMs?: number,
  ): Promise<Status>;
}

/**
 * Starts `alluvium listen`; resolves once it serves its page.
 *
 * @param playlist its address
 */
export async function startListener(
  playlist: string,
  { args = [], port = 0, command = "listen" }: ListenerOptions = {},
): Promise<Listener> {
  const cache = await tempFolder();
  const child = await startAlluvium(
    ...[command, playlist, "--port", `${port}`, "--swarm-port", "0"],
    ...["--cache", cache.path, ...args],
  );
  const dispose = async () => {
    await child[Symbol.asyncDispose]();
    await cache[Symbol.asyncDispose]();
  };
  try {
    const [, url = ""] = await child.waitFor(/^Page +(http\S+)/m, READY_MS);
    return listenerAt(url, child, cache, dispose);
  } catch (error) {
    await dispose();
    throw error;
  }
}

function listenerAt(
  url: string,
  child: Child,
  cache: TempFolder,
  dispose: () => Promise<void>,
): Listener {
  const status = async () => {
    const answer = await fetch(`${url}api/status`);
    if (answer.ok) return await answer.json();
    throw new Error(`${await answer.text()}\n${child.output}`);
  };
  return {
    child,
    url,
    mp3: `${url}stream.mp3`,
    ogg: `${url}stream.ogg`,
    cache,
    status,
    waitFor: (wanted, timeoutMs = READY_MS) =>
      until(status, wanted, timeoutMs, child),
    [Symbol.asyncDispose]: dispose,
  };
}

async function until(
  read: () => Promise<Status>,
  wanted: (status: Status) => boolean,
  timeoutMs: number,
  child: Child,
): Promise<Status> {
  const deadline = systemClock.monotonic() + timeoutMs;
  while (true) {
    const status = await read();
    if (wanted(status)) return status;
    if (systemClock.monotonic() > deadline) {
      const said = JSON.stringify(status, null, 1);
      throw new Error(`${timeoutMs} ms passed: ${said}\n${child.output}`);
    }
    await systemClock.sleep(100);
  }
}

/** Starts several listeners of one station at the same time. */
export async function startListeners(
  count: number,
  playlist: string,
  options: ListenerOptions = {},
): Promise<Listeners> {
  const starting = Array.from(
    { length: count },
    () => startListener(playlist, options),
  );
  const settled = await Promise.allSettled(starting);
  const all = settled.flatMap((one) =>
    one.status === "fulfilled" ? [one.value] : []
  );
  const dispose = async () => {
    await Promise.all(all.map((one) => one[Symbol.asyncDispose]()));
  };
  const failed = settled.find(({ status }) => status === "rejected");
  if (failed !== undefined) {
    await dispose();
    throw (failed as PromiseRejectedResult).reason;
  }
  return Object.assign(all, { [Symbol.asyncDispose]: dispose });
}

/** Several listeners; `await using` ends them all. */
export type Listeners = Listener[] & AsyncDisposable;
