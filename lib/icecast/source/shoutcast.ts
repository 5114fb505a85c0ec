/**
 * Shoutcast's way in, on the port after the front's: a line with the password,
 * `OK2`, header lines, an empty line, then the stream. Encoders that know no
 * Icecast speak it. The port opens only once a source password is set.
 *
 * @module
 */
import type { Duplex } from "node:stream";
import type { Clock } from "../../clock.ts";
import { AlluviumError } from "../../errors.ts";
import type { SniffedClient, Sniffer } from "../../http/sniffer.ts";
import { HTTP_HEAD_BYTES_MAX, SOURCE_HEAD_MS_MAX } from "../../limits.ts";
import { type Log, silentLog } from "../../log.ts";
import type { Accounts } from "../auth/accounts.ts";
import { bodyReader } from "./body.ts";
import { headBytes, parseHeaderLines } from "./head.ts";
import type { LiveMounts } from "./live_mounts.ts";
import { DEFAULT_CONTENT_TYPE, mediaType, sourceInfo } from "./source_info.ts";

/** What the door works with. */
export interface ShoutcastDoorOptions {
  accounts: Accounts;
  live: LiveMounts;
  clock: Clock;
  /** Where its sources go: the protocol has no word for it. */
  mount: string;
  /** @default {silentLog} */
  log?: Log;
}

/** To a source with the right password; encoders look for both lines. */
const WELCOME = "OK2\r\nicy-caps:11\r\n\r\n";

/** To one without. */
const INVALID = "invalid password\r\n";

/** A front's sniffer that takes every connection but those of HTTP. */
export class ShoutcastDoor implements Sniffer {
  readonly #options: ShoutcastDoorOptions;

  /** @param options what it works with */
  constructor(options: ShoutcastDoorOptions) {
    this.#options = options;
  }

  /** @inheritDoc */
  look(bytes: Uint8Array): "http" | "more" | "mine" {
    const start = new TextDecoder().decode(bytes.subarray(0, 4));
    if ("GET ".startsWith(start) && start.length < 4) return "more";
    if (start === "GET ") return "http";
    return bytes.includes(10) ? "mine" : "more";
  }

  /** @inheritDoc */
  take(socket: Duplex, first: Uint8Array, client: SniffedClient): void {
    socket.pause();
    void this.#take(socket, first, client).catch((error) => {
      const { log = silentLog } = this.#options;
      const isKnown = error instanceof AlluviumError;
      log(isKnown ? "warn" : "error", `A source was refused: ${error}`);
      socket.destroy();
    });
  }

  async #take(
    socket: Duplex,
    first: Uint8Array,
    client: SniffedClient,
  ): Promise<void> {
    const { accounts, mount } = this.#options;
    const line = first.indexOf(10);
    const password = new TextDecoder().decode(first.subarray(0, line)).trim();
    accounts.count(client.remoteAddress);
    const login = { user: "source", password };
    const role = { source: mount };
    if (!await accounts.check(role, login, client.remoteAddress)) {
      return void socket.end(INVALID);
    }
    socket.write(WELCOME);
    const head = await this.#readHead(socket, first.subarray(line + 1));
    if (head !== undefined) this.#start(socket, head, client);
  }

  /** Header lines up to the empty one, and what came after them. */
  #readHead(
    socket: Duplex,
    first: Uint8Array,
  ): Promise<{ head: Uint8Array; rest: Uint8Array } | undefined> {
    return new Promise((resolve) => {
      let bytes = first;
      const done = (length: number | undefined) => {
        cancel();
        socket.off("data", onData).off("close", onClose);
        if (length === undefined) socket.destroy();
        else socket.pause();
        resolve(
          length === undefined ? undefined : {
            head: bytes.subarray(0, length),
            rest: bytes.subarray(length),
          },
        );
      };
      const look = () => {
        const length = headBytes(bytes);
        if (length !== undefined) done(length);
        else if (bytes.length > HTTP_HEAD_BYTES_MAX) done(undefined);
      };
      const onData = (more: Uint8Array) => {
        const both = new Uint8Array(bytes.length + more.length);
        both.set(bytes);
        both.set(more, bytes.length);
        bytes = both;
        look();
      };
      const onClose = () => done(undefined);
      const { clock } = this.#options;
      const cancel = clock.timer(SOURCE_HEAD_MS_MAX, () => done(undefined));
      socket.on("data", onData).on("close", onClose);
      socket.on("error", () => socket.destroy());
      socket.resume();
      look();
    });
  }

  #start(
    socket: Duplex,
    { head, rest }: { head: Uint8Array; rest: Uint8Array },
    client: SniffedClient,
  ): void {
    const { live, mount } = this.#options;
    const lines = new TextDecoder().decode(head).split(/\r?\n/);
    const headers = parseHeaderLines(lines);
    const offer = {
      path: mount,
      contentType: mediaType(headers.get("content-type")) ??
        DEFAULT_CONTENT_TYPE,
      info: sourceInfo(headers),
      client: {
        remoteAddress: client.remoteAddress,
        userAgent: headers.get("user-agent") ?? "",
      },
    };
    const refusal = live.refusal(offer);
    if (refusal) throw new AlluviumError("forbidden", refusal);
    const body = bodyReader(new Map());
    const session = live.start(offer, { socket, body });
    socket.resume();
    if (rest.length > 0) session.feed(rest);
  }
}
