/**
 * Ports for servers of tests, on loopback: below the range from which systems
 * take the ports of outgoing connections and of listeners that do not care
 * (from 32768 on Linux, from 49152 elsewhere), so that no program started
 * meanwhile takes one of them by accident.
 *
 * @module
 */

const FIRST = 10_240;
const LAST = 32_767;

/** Handed out by this process: two calls never name the same port. */
const given = new Set<number>();

/** A port that no one listens on at the moment. */
export function freePort(): number {
  for (;;) {
    const port = FIRST + Math.floor(Math.random() * (LAST - FIRST + 1));
    if (given.has(port) || !isFree(port)) continue;
    given.add(port);
    return port;
  }
}

/** Several different ports that no one listens on at the moment. */
export function freePorts(count: number): number[] {
  return Array.from({ length: count }, freePort);
}

function isFree(port: number): boolean {
  try {
    Deno.listen({ hostname: "127.0.0.1", port }).close();
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.AddrInUse) return false;
    throw error;
  }
}
