/**
 * One measured transfer of `pair.ts`.
 *
 * @module
 */
import { systemClock } from "../../lib/clock.ts";
import { run } from "../../tests/support/processes.ts";
import { cpuSeconds, endedChildrenCpuSeconds } from "./usage.ts";

/** A program with a seed that is running. */
export interface Side {
  readonly name: string;
  /** The processes that give. */
  readonly pids: readonly number[];
  /** The command that takes the file into a folder, under its own name, and ends. */
  fetch(folder: string): Promise<string[]>;
  stop(): Promise<void>;
}

/** What a transfer took. */
export interface Taken {
  seconds: number;
  /** Of both sides. */
  cpuSeconds: number;
}

/**
 * Runs the command and compares what it took.
 *
 * @throws {Error} if it fails or the file is not the same
 */
export async function measureFetch(
  side: Side,
  file: string,
  folder: string,
): Promise<Taken> {
  await Deno.mkdir(folder);
  const [program, ...words] = await side.fetch(folder);
  const cpu = async () => {
    const giving = await Promise.all(side.pids.map(cpuSeconds));
    const taking = await endedChildrenCpuSeconds();
    return giving.reduce((sum, one) => sum + one, taking);
  };
  const cpuBefore = await cpu();
  const startMs = systemClock.monotonic();
  const { code, stdout, stderr } = await run(program!, words);
  const seconds = (systemClock.monotonic() - startMs) / 1000;
  const taken = { seconds, cpuSeconds: await cpu() - cpuBefore };
  const name = file.slice(file.lastIndexOf("/") + 1);
  const compared = await run("cmp", [file, `${folder}/${name}`]);
  await Deno.remove(folder, { recursive: true });
  if (code !== 0 || compared.code !== 0) {
    throw new Error(
      `${side.name} did not bring the file:\n${stdout}${stderr}${compared.stderr}`,
    );
  }
  return taken;
}
