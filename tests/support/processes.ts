/**
 * Child processes of tests: what they print is kept, a test can wait for a line
 * of it, and they end with the test, by their own id.
 *
 * @module
 */

import { systemClock } from "../../lib/clock.ts";

/** How a child process is started. */
export interface StartOptions {
  /** Its working folder. */
  cwd?: string;
  /** Variables added to the environment. */
  env?: Record<string, string>;
  /** Whether it gets only the variables of `env`. */
  clearEnv?: boolean;
}

/** A listener under test minds its own business: neither the network nor the router is asked. */
const ALONE = { ALLUVIUM_NO_LAN: "true", ALLUVIUM_NO_PORT_MAP: "true" };

/** How long a test waits for a line if it does not say, in milliseconds. */
const WAIT_MS = 10_000;
/** How long a child may take to end by itself before it is killed. */
const END_MS = 3_000;

/** A running child process; `await using` ends it. */
export class Child implements AsyncDisposable {
  /** Its process id. */
  readonly pid: number;
  /** Resolves when it has ended and all its output has been read. */
  readonly ended: Promise<Deno.CommandStatus>;
  #process: Deno.ChildProcess;
  #stdout = new Output();
  #stderr = new Output();
  #running = true;

  /** Use {@linkcode start}. */
  constructor(process: Deno.ChildProcess) {
    this.#process = process;
    this.pid = process.pid;
    const reading = Promise.all([
      this.#stdout.read(process.stdout),
      this.#stderr.read(process.stderr),
    ]);
    this.ended = process.status.then(async (status) => {
      this.#running = false;
      // A grandchild may hold the pipes open; its output is not ours.
      const enough = new AbortController();
      const patience = systemClock.sleep(200, enough.signal).catch(() => {});
      await Promise.race([reading, patience]);
      enough.abort();
      await Promise.all([this.#stdout.stop(), this.#stderr.stop()]);
      return status;
    });
  }

  /** What it has printed to standard output so far. */
  get stdout(): string {
    return this.#stdout.text;
  }

  /** What it has printed to standard error so far. */
  get stderr(): string {
    return this.#stderr.text;
  }

  /** Both, for a message. */
  get output(): string {
    return this.stdout + this.stderr;
  }

  /** Whether it is still running. */
  get running(): boolean {
    return this.#running;
  }

  /**
   * Waits until its output matches, on either stream.
   *
   * @throws {Error} if it ends first, or after `timeoutMs`; the message holds
   * what it printed
   */
  async waitFor(
    pattern: RegExp,
    timeoutMs = WAIT_MS,
  ): Promise<RegExpMatchArray> {
    const deadline = systemClock.monotonic() + timeoutMs;
    while (true) {
      const match = this.stdout.match(pattern) ?? this.stderr.match(pattern);
      if (match !== null) return match;
      if (!this.#running) {
        await this.ended;
        const last = this.output.match(pattern);
        if (last !== null) return last;
      }
      if (!this.#running || systemClock.monotonic() > deadline) {
        const why = this.#running ? `${timeoutMs} ms passed` : "it ended";
        throw new Error(
          `Cannot find ${pattern} in the output: ${why}:\n${this.output}`,
        );
      }
      await systemClock.sleep(10);
    }
  }

  /** Sends a signal, if it is still running. */
  kill(signal: Deno.Signal = "SIGTERM"): void {
    if (!this.#running) return;
    try {
      this.#process.kill(signal);
    } catch (error) {
      if (!(error instanceof TypeError)) throw error; // it has just ended
    }
  }

  /** Ends it: asks, waits, kills. Resolves to how it ended. */
  async end(signal: Deno.Signal = "SIGTERM"): Promise<Deno.CommandStatus> {
    this.kill(signal);
    const waited = new AbortController();
    const late = systemClock.sleep(END_MS, waited.signal).then(
      () => this.kill("SIGKILL"),
      () => {},
    );
    const status = await this.ended;
    waited.abort();
    await late;
    return status;
  }

  /** Ends it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.end();
  }
}

/** Starts a program with its output collected and no input. */
export function start(
  command: string | URL,
  args: string[],
  options: StartOptions = {},
): Child {
  const process = new Deno.Command(command, {
    args,
    ...options,
    env: { ...ALONE, ...options.env },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  return new Child(process);
}

/** What a program left behind. */
export interface Result {
  /** Its exit code. */
  code: number;
  /** Its standard output. */
  stdout: string;
  /** Its standard output, as bytes. */
  bytes: Uint8Array<ArrayBuffer>;
  /** Its standard error. */
  stderr: string;
}

/**
 * Runs a program to its end.
 *
 * @throws {Error} after `timeoutMs`; the program is killed then
 */
export async function run(
  command: string | URL,
  args: string[],
  { timeoutMs = 60_000, ...options }: StartOptions & { timeoutMs?: number } =
    {},
): Promise<Result> {
  const signal = AbortSignal.timeout(timeoutMs);
  const { code, stdout, stderr } = await new Deno.Command(command, {
    args,
    ...options,
    env: { ...ALONE, ...options.env },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    signal,
  }).output();
  const decoder = new TextDecoder();
  const said = decoder.decode(stderr);
  if (signal.aborted) {
    throw new Error(`Cannot finish ${command} in ${timeoutMs} ms:\n${said}`);
  }
  return { code, stdout: decoder.decode(stdout), bytes: stdout, stderr: said };
}

/** One stream of a child, read as text. */
class Output {
  text = "";
  #reader?: ReadableStreamDefaultReader<string>;

  async read(stream: ReadableStream<Uint8Array>): Promise<void> {
    const decoder = new TextDecoderStream();
    const text = stream.pipeThrough(
      decoder as ReadableWritablePair<string, Uint8Array>,
    );
    this.#reader = text.getReader();
    while (true) {
      const { done, value } = await this.#reader.read();
      if (done) return;
      this.text += value;
    }
  }

  async stop(): Promise<void> {
    await this.#reader?.cancel();
  }
}
