/**
 * CPU time and memory as Linux counts them, of a process and of all child
 * processes that have ended.
 *
 * @module
 */

/** `sysconf(_SC_CLK_TCK)` on every Linux there is. */
const TICKS_PER_SECOND = 100;

/** CPU seconds of a process so far. */
export async function cpuSeconds(pid: number): Promise<number> {
  const [own] = await ticks(`${pid}`);
  return own / TICKS_PER_SECOND;
}

/** CPU seconds of the children of this process that have ended. */
export async function endedChildrenCpuSeconds(): Promise<number> {
  const [, children] = await ticks("self");
  return children / TICKS_PER_SECOND;
}

/** Resident memory of a process now, in MiB. */
export async function memoryMiB(pid: number): Promise<number> {
  const status = await Deno.readTextFile(`/proc/${pid}/status`);
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024;
}

/** User and system time of a process, and of its ended children: proc(5), fields 14 to 17. */
async function ticks(process: string): Promise<[number, number]> {
  const stat = await Deno.readTextFile(`/proc/${process}/stat`);
  // The name in field 2 may hold spaces.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ").map(Number);
  return [fields[11]! + fields[12]!, fields[13]! + fields[14]!];
}
