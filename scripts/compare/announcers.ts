/**
 * Clients of the gateway's comparison: many of them in one process, each with
 * an address of its own (`127.x.y.z`), so that neither ports nor the limits on
 * one address stand in the way.
 *
 * Four ways to announce, one interface: our swarm socket, bittorrent-tracker's
 * HTTP, and its WebSocket without and with offers to other peers. `again` announces the file that the client is in
 * already; `move` leaves it for the next one.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { createConnection, createServer, type Socket } from "node:net";
import { LightSocket } from "./light_socket.ts";

/** How a client announces. */
export type Protocol = "swarm" | "http" | "ws" | "offers";

/** What clients of one process share. */
export interface AnnouncerOptions {
  protocol: Protocol;
  /** Of the server. */
  port: number;
  /** Media files: `${files}0.mp3` and so on. */
  files: string;
  fileCount: number;
  /** Where this process's clients say that they listen; swarm only. */
  peerPort: number;
  /** Part of the files' names that may change between two commands. */
  generation: { name: string };
}

/** One client. */
export interface Announcer {
  readonly number: number;
  /** Asks for peers; `done` is called with the answer. One at a time. */
  announce(kind: "again" | "move", done: () => void): void;
  /** What a listener says between two files, without answer. */
  chat(): void;
  close(): void;
}

/** Peers asked for; what a gateway tells at most. */
const PEERS = 24;

/** Connects client number `n`, from 1. */
export async function connectAnnouncer(
  n: number,
  options: AnnouncerOptions,
): Promise<Announcer> {
  switch (options.protocol) {
    case "swarm":
      return await SwarmAnnouncer.connect(n, options);
    case "ws":
    case "offers":
      return await WsAnnouncer.connect(n, options);
    case "http":
      return await HttpAnnouncer.connect(n, options);
  }
}

/** The address of client `n`, from 1. */
export function addressOf(n: number): string {
  return `127.${1 + (n >> 16)}.${(n >> 8) & 255}.${n & 255}`;
}

/** The id of the client at an address. */
export function idOf(address: string): string {
  return Buffer.from(address.padEnd(16, "-")).toString("hex");
}

/** Answers dial-backs for all clients of this process. */
export async function answerDialBacks(): Promise<
  { port: number; close(): void }
> {
  const server = createServer((socket) => {
    socket.on("error", () => {});
    socket.once("data", () => {
      const id = idOf(socket.localAddress ?? "");
      socket.end(
        `HTTP/1.1 200 OK\r\nContent-Length: ${id.length}\r\nConnection: close\r\n\r\n${id}`,
      );
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "0.0.0.0", resolve));
  const { port } = server.address() as { port: number };
  return { port, close: () => void server.close() };
}

/** On our swarm socket. */
class SwarmAnnouncer implements Announcer {
  #socket!: LightSocket;
  #key = "";
  #file: number;
  #done: () => void = () => {};
  #welcomed: () => void = () => {};

  private constructor(
    readonly number: number,
    private readonly options: AnnouncerOptions,
  ) {
    this.#file = number % options.fileCount;
  }

  static async connect(
    n: number,
    options: AnnouncerOptions,
  ): Promise<SwarmAnnouncer> {
    const self = new SwarmAnnouncer(n, options);
    const localAddress = addressOf(n);
    const welcomed = new Promise<void>((resolve) => self.#welcomed = resolve);
    self.#socket = await LightSocket.connect({
      port: options.port,
      path: "/ocn/v1/swarm",
      localAddress,
      text: (payload) => self.#take(payload),
    });
    self.#say({
      ...{ t: "hello", v: 1, id: idOf(localAddress), capacity: 1_000_000 },
      ...{ port: options.peerPort, share: true },
    });
    await welcomed;
    return self;
  }

  announce(kind: "again" | "move", done: () => void): void {
    this.#done = done;
    if (kind === "move") {
      this.#say({ t: "leave", key: this.#key });
      this.#file = (this.#file + 1) % this.options.fileCount;
    }
    const { files, generation } = this.options;
    const url = `${files}${generation.name}${this.#file}.mp3`;
    this.#say({ t: "join", ref: 1, url, leaf: 0, chunk: 1, lease: 0 });
  }

  chat(): void {
    this.#say({ t: "share", key: this.#key, share: 0.5 });
  }

  close(): void {
    this.#socket.destroy();
  }

  #say(message: unknown): void {
    this.#socket.send(JSON.stringify(message));
  }

  #take(payload: Buffer): void {
    const head = payload.toString("latin1", 0, 16);
    if (head.startsWith('{"t":"joined"')) {
      const at = payload.indexOf('"key":"') + 7;
      this.#key = payload.toString("latin1", at, at + 64);
      this.#done();
    } else if (head.startsWith('{"t":"welcome"')) {
      // The first is sent at once, the next one when it was dialled back, or not.
      if (!payload.includes('"reachable":null')) this.#welcomed();
    } else if (head.startsWith('{"t":"error"')) {
      throw new Error(payload.toString());
    }
  }
}

/** What its own client sends at a time, of about the length of a WebRTC offer. */
const OFFERS = Array.from({ length: 5 }, (_, i) => ({
  offer: { type: "offer", sdp: "v=0 ".padEnd(1000, "x") },
  offer_id: name(i),
}));

/** On bittorrent-tracker's WebSocket. Without offers nobody is told of anybody. */
class WsAnnouncer implements Announcer {
  #socket!: LightSocket;
  #file: number;
  #due = 0;
  #done: () => void = () => {};

  private constructor(
    private readonly id: string,
    private readonly options: AnnouncerOptions,
    readonly number: number,
  ) {
    this.#file = number % options.fileCount;
  }

  static async connect(
    n: number,
    options: AnnouncerOptions,
  ): Promise<WsAnnouncer> {
    const self = new WsAnnouncer(`-AL0001-${name(n)}`, options, n);
    self.#socket = await LightSocket.connect({
      port: options.port,
      path: "/",
      localAddress: addressOf(n),
      text: (payload) => self.#take(payload),
    });
    return self;
  }

  announce(kind: "again" | "move", done: () => void): void {
    this.#done = done;
    this.#due = kind === "move" ? 2 : 1;
    if (kind === "again") return this.#say({});
    this.#say({ event: "stopped" });
    this.#file = (this.#file + 1) % this.options.fileCount;
    this.#say({ event: "started" });
  }

  chat(): void {}

  close(): void {
    this.#socket.destroy();
  }

  #say(event: { event?: string }): void {
    const offers = this.options.protocol === "offers" &&
      event.event !== "stopped";
    this.#socket.send(JSON.stringify({
      ...{ action: "announce", info_hash: `file----${name(this.#file)}` },
      ...{ peer_id: this.id, numwant: PEERS, left: 1, ...event },
      ...{ uploaded: 0, downloaded: 0 },
      ...(offers ? { offers: OFFERS } : {}),
    }));
  }

  #take(payload: Buffer): void {
    if (payload.includes("failure")) throw new Error(payload.toString());
    if (payload.includes('"offer"')) return; // Somebody else's.
    if (--this.#due === 0) this.#done();
  }
}

/** On bittorrent-tracker's HTTP, over a connection that stays. */
class HttpAnnouncer implements Announcer {
  #file: number;
  #due = 0;
  #rest = Buffer.alloc(0);
  #done: () => void = () => {};

  private constructor(
    private readonly socket: Socket,
    private readonly options: AnnouncerOptions,
    readonly number: number,
  ) {
    this.#file = number % options.fileCount;
    socket.on("data", (data: Buffer) => this.#take(data));
  }

  static async connect(
    n: number,
    options: AnnouncerOptions,
  ): Promise<HttpAnnouncer> {
    const { port } = options;
    const localAddress = addressOf(n);
    const socket = createConnection({ port, host: "127.0.0.1", localAddress });
    socket.setNoDelay(true);
    await new Promise<void>((resolve, reject) => {
      socket.on("connect", () => resolve());
      socket.on("error", reject);
    });
    return new HttpAnnouncer(socket, options, n);
  }

  announce(kind: "again" | "move", done: () => void): void {
    this.#done = done;
    this.#due = kind === "move" ? 2 : 1;
    if (kind === "again") return this.#ask("");
    this.#ask("&event=stopped");
    this.#file = (this.#file + 1) % this.options.fileCount;
    this.#ask("&event=started");
  }

  chat(): void {}

  close(): void {
    this.socket.destroy();
  }

  #ask(event: string): void {
    this.socket.write(
      `GET /announce?info_hash=file----${name(this.#file)}&peer_id=-AL0001-${
        name(this.number)
      }&port=7000&uploaded=0&downloaded=0&left=1&numwant=${PEERS}&compact=1${event} HTTP/1.1\r\nHost: x\r\n\r\n`,
    );
  }

  #take(data: Buffer): void {
    let bytes = Buffer.concat([this.#rest, data]);
    for (;;) {
      const end = bytes.indexOf("\r\n\r\n");
      if (end < 0) break;
      const head = bytes.toString("latin1", 0, end);
      const length = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? NaN);
      if (!(bytes.length >= end + 4 + length)) break;
      const body = bytes.subarray(end + 4, end + 4 + length);
      if (body.includes("failure")) throw new Error(body.toString());
      bytes = bytes.subarray(end + 4 + length);
      if (--this.#due === 0) this.#done();
    }
    this.#rest = Buffer.from(bytes);
  }
}

/** A number in as many characters as ids have left. */
function name(n: number): string {
  return String(n).padStart(12, "0").slice(0, 12);
}
