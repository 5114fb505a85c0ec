/**
 * Takes a connection out of `node:http`'s hands, for a handler that writes its
 * own answer for days.
 *
 * Promises: the owner's socket ends with the client's FIN or a second request;
 * what the client still sends is not kept. No private part of the runtime is
 * touched: the HTTP parser stays attached and its findings are ignored.
 *
 * @module
 */
import type { Socket } from "node:net";
import type { Log } from "../log.ts";
import type { Connection } from "./connection.ts";
import type { Takeover } from "./route.ts";

/** Hands the socket to its new owner; an error of the owner ends the connection. */
export function handOver(
  connection: Connection,
  takeover: Takeover,
  log: Log,
): void {
  const socket: Socket = connection.socket;
  connection.take();
  if (socket.destroyed) return;
  socket.setTimeout(0);
  socket.setNoDelay(true);
  socket.on("end", () => socket.destroy());
  socket.on("error", () => socket.destroy());
  try {
    takeover.run(socket);
  } catch (error) {
    log("error", "A connection's handler failed", { error: String(error) });
    socket.destroy();
  }
}
