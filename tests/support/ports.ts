/**
 * Ports for servers of tests, on loopback.
 *
 * @module
 */

/** A port that no one listens on at the moment. */
export function freePort(): number {
  return freePorts(1)[0]!;
}

/** Several different ports that no one listens on at the moment. */
export function freePorts(count: number): number[] {
  const listeners = Array.from(
    { length: count },
    () => Deno.listen({ hostname: "127.0.0.1", port: 0 }),
  );
  const ports = listeners.map(({ addr }) => addr.port);
  for (const listener of listeners) listener.close();
  return ports;
}
