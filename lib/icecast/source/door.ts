/**
 * Where sources come in: takes `SOURCE` and `PUT` off the front port, asks for
 * the password, finds the mount, answers as Icecast does. Browsers cannot send
 * SOURCE; a PUT must be addressed to a host of ours and come from no page.
 *
 * | asks | answer |
 * | --- | --- |
 * | SOURCE, or PUT without Expect | `HTTP/1.0 200 OK` at once |
 * | `Expect: 100-continue` | 100 at once, 200 when the source ends |
 * | wrong password | 401 `You need to authenticate` |
 * | mount in use, too many, no type | 403 and the reason |
 *
 * @module
 */
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { Clock } from "../../clock.ts";
import { AlluviumError } from "../../errors.ts";
import { type HostPolicy, parseAuthority } from "../../http/host_policy.ts";
import type { SniffedClient, Sniffer } from "../../http/sniffer.ts";
import { type Log, silentLog } from "../../log.ts";
import { type Accounts, basicLogin } from "../auth/accounts.ts";
import { isMountPath } from "../mount_table.ts";
import {
  answer,
  CONTINUE,
  dismissSource,
  OK,
  OK_AFTER_CONTINUE,
  UNAUTHORIZED,
} from "./answers.ts";
import { bodyReader } from "./body.ts";
import {
  headBytes,
  lookForSource,
  parseSourceHead,
  type SourceHead,
  type SourceLook,
} from "./head.ts";
import type { LiveMounts, SourceOffer } from "./live_mounts.ts";
import { DEFAULT_CONTENT_TYPE, mediaType, sourceInfo } from "./source_info.ts";

/** What the door works with. */
export interface SourceDoorOptions {
  accounts: Accounts;
  live: LiveMounts;
  clock: Clock;
  /** The names a PUT may be addressed to. */
  allowedHosts: HostPolicy | "any";
  /** Whether a path is for something else than mounts. @default {a few known ones} */
  isReserved?(path: string): boolean;
  /** @default {silentLog} */
  log?: Log;
}

/** Paths of the front that are no mounts. */
const RESERVED =
  /^\/(api|admin|uri-res|ocn)(\/|$)|^\/(metrics|admin\.cgi|(status-json|status|server_version)\.xsl)$|\.(m3u|pls|xspf|vclt)$/;

/** The front's sniffer for sources. */
export class SourceDoor implements Sniffer {
  readonly #options: SourceDoorOptions;

  /** @param options what it works with */
  constructor(options: SourceDoorOptions) {
    this.#options = options;
  }

  /** @inheritDoc */
  look(bytes: Uint8Array): SourceLook {
    return lookForSource(bytes);
  }

  /** @inheritDoc */
  take(socket: Duplex, first: Uint8Array, client: SniffedClient): void {
    socket.pause();
    void this.#take(socket, first, client).catch((error) => {
      const { clock, log = silentLog } = this.#options;
      log("error", "A source could not be taken", { error: String(error) });
      dismissSource(socket, clock, answer("500 Internal Error", ""));
    });
  }

  async #take(
    socket: Duplex,
    first: Uint8Array,
    client: SniffedClient,
  ): Promise<void> {
    const { clock } = this.#options;
    const length = headBytes(first) ?? first.length;
    const head = parseSourceHead(first.subarray(0, length));
    const refusal = head === undefined
      ? answer("400 Bad Request", "unknown request")
      : await this.#refusal(head, socket as Socket, client);
    if (socket.destroyed) return;
    if (head === undefined || refusal !== undefined) {
      return dismissSource(socket, clock, refusal ?? "");
    }
    this.#start(head, socket, first.subarray(length), client);
  }

  /** What speaks against a source, as a whole answer. */
  async #refusal(
    head: SourceHead,
    socket: Socket,
    client: SniffedClient,
  ): Promise<string | undefined> {
    const { accounts } = this.#options;
    if (!this.#isForUs(head, socket)) {
      return answer("421 Misdirected Request", "this is not that host");
    }
    const path = pathOf(head.target);
    const login = basicLogin(head.headers.get("authorization") ?? null);
    try {
      accounts.count(client.remoteAddress);
      const role = { source: path ?? "" };
      if (!await accounts.check(role, login, client.remoteAddress)) {
        return UNAUTHORIZED;
      }
    } catch (error) {
      return problem(error);
    }
    if (path === undefined || !isMountPath(path) || this.#isReserved(path)) {
      return answer("400 Bad Request", "this cannot be a mountpoint");
    }
    return this.#offerRefusal(head, path, client);
  }

  #offerRefusal(
    head: SourceHead,
    path: string,
    client: SniffedClient,
  ): string | undefined {
    const type = mediaType(head.headers.get("content-type"));
    if (type === undefined && head.method === "PUT") {
      return answer("403 Forbidden", "No Content-type given");
    }
    try {
      bodyReader(head.headers);
    } catch (error) {
      return problem(error);
    }
    const refusal = this.#options.live.refusal(offerOf(head, path, client));
    return refusal && answer("403 Forbidden", refusal);
  }

  #start(
    head: SourceHead,
    socket: Duplex,
    rest: Uint8Array,
    client: SniffedClient,
  ): void {
    const { clock, live } = this.#options;
    const waits = /100-continue/i.test(head.headers.get("expect") ?? "");
    const offer = offerOf(head, pathOf(head.target) ?? "", client);
    const body = bodyReader(head.headers);
    try {
      // Again: another may have come while the password was checked.
      const refusal = live.refusal(offer);
      if (refusal) throw new AlluviumError("forbidden", refusal);
      const farewell = waits ? OK_AFTER_CONTINUE : "";
      const session = live.start(offer, { socket, body, farewell });
      socket.write(waits ? CONTINUE : OK);
      socket.resume();
      if (rest.length > 0) session.feed(rest);
    } catch (error) {
      dismissSource(socket, clock, problem(error));
    }
  }

  /** A PUT of a browser names its page, and a page of a stranger another host. */
  #isForUs(head: SourceHead, socket: Socket): boolean {
    const { allowedHosts } = this.#options;
    if (allowedHosts === "any") return true;
    const { headers, method } = head;
    if (headers.has("origin") || headers.has("sec-fetch-site")) return false;
    const host = headers.get("host");
    if (host === undefined || method === "SOURCE") return true;
    const authority = parseAuthority(host);
    return authority !== undefined &&
      allowedHosts.allows(authority.host, socket.localAddress ?? "");
  }

  #isReserved(path: string): boolean {
    return this.#options.isReserved?.(path) ?? RESERVED.test(path);
  }
}

function offerOf(
  head: SourceHead,
  path: string,
  client: SniffedClient,
): SourceOffer {
  const { headers } = head;
  return {
    path,
    contentType: mediaType(headers.get("content-type")) ?? DEFAULT_CONTENT_TYPE,
    info: sourceInfo(headers),
    client: {
      remoteAddress: client.remoteAddress,
      userAgent: headers.get("user-agent") ?? "",
    },
  };
}

/** The path of a target, as it stands; undefined for what is none. */
function pathOf(target: string): string | undefined {
  const path = target.replace(/^https?:\/\/[^/?#]*/i, "").replace(
    /[?#].*$/,
    "",
  );
  return path.startsWith("/") ? path : undefined;
}

function problem(error: unknown): string {
  if (!(error instanceof AlluviumError)) throw error;
  const words: Record<number, string> = {
    400: "Bad Request",
    403: "Forbidden",
    429: "Too Many Requests",
    503: "Service Unavailable",
  };
  const status = words[error.status] === undefined ? 400 : error.status;
  return answer(`${status} ${words[status]}`, error.message);
}
