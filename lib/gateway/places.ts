/**
 * Where the clients of a gateway can be dialled. An address comes from no
 * client's word: it is the one that the socket came from, or one from which the
 * client showed itself, by a ticket that its socket alone was given; and both are
 * dialled back before anyone is told. So a client with addresses of both families
 * becomes known by both, and so does one whose router opened a port later on.
 *
 * @module
 */
import { AlluviumError } from "../errors.ts";
import { reachOf } from "../swarm/address_space.ts";
import type { DialBack } from "./dial_back.ts";
import type { SwarmSession } from "./session.ts";
import type { Tally } from "./tally.ts";
import type { Tracker } from "./tracker.ts";

/** What showing itself is charged: a dial-back. */
const MESSAGES_PER_SHOWING = 20;

/** What places are found with. */
export interface PlacesHost {
  readonly tracker: Tracker;
  readonly dialBack: DialBack;
  readonly tally: Tally;
  /** A client was dialled back, or could not be. */
  dialled(session: SwarmSession): void;
}

/** The places of all clients. */
export class Places {
  readonly #host: PlacesHost;
  readonly #tickets = new Map<string, SwarmSession>();
  /** Those who are showing themselves. */
  readonly #showing = new Set<SwarmSession>();

  /** @param host the hub's side of it */
  constructor(host: PlacesHost) {
    this.#host = host;
  }

  /**
   * A client that can perhaps be dialled has said hello.
   *
   * @returns the ticket with which it may show itself at other addresses
   */
  enter(session: SwarmSession, port: number): string {
    const ticket = crypto.getRandomValues(new Uint8Array(16)).toHex();
    this.#tickets.set(ticket, session);
    session.gone.addEventListener("abort", () => this.#tickets.delete(ticket));
    void this.#dialBack(session, session.host, port);
    return ticket;
  }

  /**
   * The owner of a ticket asks from an address of its own to be dialled there.
   *
   * @returns whether it answers there
   * @throws {AlluviumError} `not-found` for no ticket of ours, `bad-request` for
   *   an address that is of use to others than the socket's own, `busy` while
   *   the one before is not done
   */
  async show(ticket: string, host: string, port: number): Promise<boolean> {
    const session = this.#tickets.get(ticket);
    if (session === undefined) {
      throw new AlluviumError("not-found", "Cannot find this ticket");
    }
    if (this.#showing.has(session)) {
      throw new AlluviumError("busy", "Cannot dial back twice at a time");
    }
    // Whoever is told of one is told of the other.
    if (reachOf(host) !== reachOf(session.host)) {
      throw new AlluviumError(
        "bad-request",
        `Cannot tell others of ${host}: it is not of the same network as ${session.host}`,
      );
    }
    session.charge(MESSAGES_PER_SHOWING);
    this.#showing.add(session);
    try {
      return await this.#dialBack(session, host, port);
    } finally {
      this.#showing.delete(session);
    }
  }

  async #dialBack(
    session: SwarmSession,
    host: string,
    port: number,
  ): Promise<boolean> {
    const { dialBack, tally, tracker, dialled } = this.#host;
    const id = session.hello?.id ?? "";
    const answers = await dialBack({ id, host, port }, session.gone);
    if (session.gone.aborted) return false;
    tally.dialledBack(answers);
    tracker.handleDialBack(session.number, answers, { host, port });
    dialled(session);
    return answers;
  }
}
