/**
 * A store that no one here wrote: Debian's redis-server, on loopback, with
 * nothing on disk. It can be killed and started again on the same port.
 *
 * @module
 */

import { freePort } from "./ports.ts";
import { type Child, start } from "./processes.ts";
import { program } from "./programs.ts";
import { tempFolder } from "./temp.ts";

/** A running Redis; `await using` ends it. */
export interface Redis extends AsyncDisposable {
  /** `redis://127.0.0.1:PORT`. */
  readonly url: string;
  /** Ends it without a word. */
  kill(): Promise<void>;
  /** Starts it again, empty. */
  restart(): Promise<void>;
}

/**
 * Starts Redis on a free port.
 *
 * @throws {Error} if it is not installed or does not start
 */
export async function startRedis(): Promise<Redis> {
  const folder = await tempFolder();
  const port = freePort();
  let child = await launch(port, folder.path);
  return {
    url: `redis://127.0.0.1:${port}`,
    async kill() {
      await child.end("SIGKILL");
    },
    async restart() {
      child = await launch(port, folder.path);
    },
    async [Symbol.asyncDispose]() {
      await child[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}

async function launch(port: number, folder: string): Promise<Child> {
  const child = start(program("redis-server").required(), [
    ...["--port", `${port}`, "--bind", "127.0.0.1", "--dir", folder],
    ...["--save", "", "--appendonly", "no"],
  ]);
  await child.waitFor(/Ready to accept connections/);
  return child;
}
