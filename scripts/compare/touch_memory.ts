/**
 * Touches memory before something is measured. A virtual machine is given memory
 * by its host when it writes to it, and what is free is taken back within
 * seconds; a page that has to be given again costs 60 times as much as one that
 * is there: 2.7 s a GiB on the machine of 2026-11. Whoever happened to be given
 * new pages looked half as fast (`docs/decisions/peer-transfer.md`).
 *
 * @module
 */
import { run } from "../../tests/support/processes.ts";

const PAGE_BYTES = 4096;
const BLOCK_BYTES = 2 ** 27;

/** More than one round takes. */
const TOUCHED_BYTES = 3 * 2 ** 30;

/** What the system and the one who touches need themselves. */
const SPARED_BYTES = 2 ** 28;

/**
 * Resolves when 3 GiB, or what is free of them, have been written to and given
 * back. For right before each thing that is measured.
 *
 * @throws {Error} if that cannot be done
 */
export async function touchMemory(): Promise<void> {
  const script = import.meta.filename!;
  const { code, stderr } = await run(Deno.execPath(), ["run", "-A", script]);
  if (code !== 0) throw new Error(`Memory was not touched: ${stderr}`);
}

if (import.meta.main) {
  const { free } = Deno.systemMemoryInfo();
  const blocks: Uint8Array[] = [];
  let left = Math.min(free - SPARED_BYTES, TOUCHED_BYTES);
  for (; left >= BLOCK_BYTES; left -= BLOCK_BYTES) {
    const block = new Uint8Array(BLOCK_BYTES);
    for (let at = 0; at < BLOCK_BYTES; at += PAGE_BYTES) block[at] = 1;
    blocks.push(block);
  }
}
