/**
 * A crowd of media players that only read: the load of a comparison, in a
 * process of its own so that its work is not counted as the server's.
 *
 * @module
 */
import { createConnection, type Socket } from "node:net";
import { systemClock } from "../../lib/clock.ts";

/** What the crowd saw. */
export interface PlayersReport {
  /** From the last one connected to the end. */
  seconds: number;
  bytes: number;
  /** Connections that ended before their time. */
  lost: number;
  /** The longest that any player waited for its next bytes, in ms. */
  largestGapMs: number;
}

/** Connections opened at a time; Icecast lets no more than 5 wait. */
const BATCH = 4;

/**
 * Plays. Prints an empty line when all are on the air, from where on it counts,
 * and in the end a {@linkcode PlayersReport} as JSON.
 */
export async function playersMain(
  url: string,
  listeners: number,
  seconds: number,
): Promise<void> {
  const crowd = new Crowd(new URL(url));
  for (let n = 0; n < listeners; n += BATCH) {
    await crowd.join(Math.min(BATCH, listeners - n));
  }
  await crowd.allPlaying();
  crowd.startCounting();
  console.log();
  const startMs = systemClock.monotonic();
  await systemClock.sleep(seconds * 1000);
  const report: PlayersReport = {
    seconds: (systemClock.monotonic() - startMs) / 1000,
    bytes: crowd.bytes,
    lost: crowd.lost,
    largestGapMs: crowd.largestGapMs,
  };
  crowd.leave();
  console.log(JSON.stringify(report));
}

class Crowd {
  bytes = 0;
  lost = 0;
  largestGapMs = 0;
  #counting = false;
  #leaving = false;
  readonly #sockets: Socket[] = [];
  readonly #playing: Promise<void>[] = [];

  constructor(private readonly url: URL) {}

  /** Connects some more. */
  async join(count: number): Promise<void> {
    await Promise.all(Array.from({ length: count }, () => this.#connect()));
  }

  /** Resolves when every one has had its first bytes. */
  async allPlaying(): Promise<void> {
    await Promise.all(this.#playing);
  }

  startCounting(): void {
    this.#counting = true;
  }

  leave(): void {
    this.#leaving = true;
    for (const socket of this.#sockets) socket.destroy();
  }

  #connect(): Promise<void> {
    const { hostname, port, pathname } = this.url;
    const socket = createConnection(Number(port), hostname);
    this.#sockets.push(socket);
    this.#playing.push(this.#play(socket));
    socket.write(
      `GET ${pathname} HTTP/1.1\r\nHost: ${hostname}\r\nIcy-MetaData: 1\r\n\r\n`,
    );
    return new Promise((resolve) =>
      void socket.on("connect", resolve).on("close", resolve)
    );
  }

  /** Reads on and on; resolves with the first bytes, or when it is turned away. */
  #play(socket: Socket): Promise<void> {
    return new Promise((resolve) => {
      let lastMs = 0;
      socket.on("data", (data) => {
        const nowMs = systemClock.monotonic();
        if (lastMs === 0) resolve();
        else if (this.#counting) {
          this.bytes += data.length;
          this.largestGapMs = Math.max(this.largestGapMs, nowMs - lastMs);
        }
        lastMs = nowMs;
      });
      socket.on("error", () => socket.destroy());
      socket.on("close", () => {
        if (!this.#leaving) this.lost++;
        resolve();
      });
    });
  }
}
