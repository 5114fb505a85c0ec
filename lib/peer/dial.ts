/**
 * One peer, dialled where it is said to be: the better place first, the other one
 * when that fails or keeps silent for a moment, and whichever answers first is
 * it (RFC 8305). So a way that is broken costs a listener half a second and never
 * the peer.
 *
 * @module
 */
import type { Clock } from "../clock.ts";
import type { Place } from "../swarm/places.ts";
import type { PeerSocket } from "./peer_socket.ts";

/** The next place is tried after this: the handshake takes two round trips, for which RFC 8305, 5 gives 250 ms each. */
export const DIAL_NEXT_MS = 500;

/** What dialling works with. */
export interface DialTools {
  clock: Clock;
  /** Gives up. */
  signal: AbortSignal;
}

/** A connection that is open, and where to. */
export interface Dialled<Socket> {
  socket: Socket;
  place: Place;
}

/** What is needed of a connection: it opens or not, and ends once. */
export type DialSocket = Pick<PeerSocket, "terminate"> & {
  on(event: "open" | "close", heard: () => void): unknown;
};

/**
 * Dials until one answers; the others are hung up on.
 *
 * @param places in the order they are tried
 * @param connect begins to dial one
 * @param done called once, as soon as one is open, or with nothing where none is
 */
export function dialFirst<Socket extends DialSocket>(
  places: readonly Place[],
  connect: (place: Place) => Socket,
  { clock, signal }: DialTools,
  done: (answer?: Dialled<Socket>) => void,
): void {
  const left = [...places];
  const trying = new Set<Socket>();
  let cancel = () => {};
  let isOver = false;
  const end = (answer?: Dialled<Socket>) => {
    if (isOver) return;
    isOver = true;
    cancel();
    signal.removeEventListener("abort", giveUp);
    for (const socket of trying) {
      if (socket !== answer?.socket) socket.terminate();
    }
    done(answer);
  };
  const giveUp = () => end();
  const next = () => {
    cancel();
    const place = signal.aborted ? undefined : left.shift();
    if (place === undefined) {
      if (trying.size === 0) end();
      return;
    }
    const socket = connect(place);
    trying.add(socket);
    socket.on("open", () => end({ socket, place }));
    socket.on("close", () => {
      trying.delete(socket);
      if (!isOver) next();
    });
    if (left.length > 0) cancel = clock.timer(DIAL_NEXT_MS, next);
  };
  signal.addEventListener("abort", giveUp);
  next();
}
