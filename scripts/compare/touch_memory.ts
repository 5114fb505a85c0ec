/**
 * Touches all memory that is free before anything is measured. A virtual machine
 * is given memory by its host when it writes to it for the first time, or the
 * first time in long, page by page, which costs more than anything a transfer
 * does: 2.7 s a GiB on the machine of 2026-11. Whoever happened to be given new
 * pages looked half as fast (`docs/decisions/peer-transfer.md`).
 *
 * @module
 */
import { run } from "../../tests/support/processes.ts";

const PAGE_BYTES = 4096;
const BLOCK_BYTES = 2 ** 27;

/** What the system and the one who touches need themselves. */
const SPARED_BYTES = 2 ** 28;

/** 23 GiB took 60 to 65 s on the slowest machine seen. */
const TOUCHED_WITHIN_MS = 300_000;

/**
 * Resolves when all but 256 MiB of what is free has been written to and given
 * back.
 *
 * @throws {Error} if that cannot be done
 */
export async function touchMemory(): Promise<void> {
  const script = import.meta.filename!;
  const { code, stderr } = await run(Deno.execPath(), ["run", "-A", script], {
    timeoutMs: TOUCHED_WITHIN_MS,
  });
  if (code !== 0) throw new Error(`Memory was not touched: ${stderr}`);
}

if (import.meta.main) {
  const { free } = Deno.systemMemoryInfo();
  const blocks: Uint8Array[] = [];
  for (let left = free - SPARED_BYTES; left >= BLOCK_BYTES;) {
    const block = new Uint8Array(BLOCK_BYTES);
    for (let at = 0; at < BLOCK_BYTES; at += PAGE_BYTES) block[at] = 1;
    blocks.push(block);
    left -= BLOCK_BYTES;
  }
}
