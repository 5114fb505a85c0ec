/**
 * Who may do what: sources by mount, the admin, relays that ask for the list of
 * mounts. Nothing is allowed that has no password.
 *
 * Promises: only hashes are kept; a right password is hashed once and then known
 * by a keyed digest, so that a statistics page costs nothing; an address that
 * guesses must wait (PASSWORD_FAILURES_BURST), and guessing keeps no more than
 * PASSWORD_CHECKS_MAX hashes busy.
 *
 * @module
 */
import { createHmac, randomBytes } from "node:crypto";
import type { Clock } from "../../clock.ts";
import { AlluviumError } from "../../errors.ts";
import {
  ADMIN_REQUESTS_BURST,
  ADMIN_REQUESTS_PER_SECOND,
  PASSWORD_CHECKS_MAX,
  PASSWORD_FAILURES_BURST,
  PASSWORD_FAILURES_PER_SECOND,
} from "../../limits.ts";
import { hashPassword, isPassword, isPasswordHash } from "./password.ts";
import { AddressBuckets } from "./address_buckets.ts";

/** A name and a password, as sent. */
export interface Login {
  /** The name. */
  user: string;
  /** In the clear. */
  password: string;
}

/** Passwords, in the clear or as `hashPassword` makes them. */
export interface AccountOptions {
  /** Of sources, on every mount without one of its own. */
  source?: string;
  /** Of sources, by mount. */
  mounts?: Readonly<Record<string, string>>;
  /** Of the admin, user `admin`. */
  admin?: string;
  /** Of relays, user `relay`. */
  relay?: string;
}

/** Who somebody says to be. */
export type Role = "admin" | "relay" | { source: string };

/** Right passwords that are remembered: roles and mounts of one program. */
const REMEMBERED_MAX = 256;

/** The passwords of a program. */
export class Accounts {
  readonly #clock: Clock;
  readonly #hashes: ReadonlyMap<string, string>;
  readonly #key = randomBytes(32);
  readonly #remembered = new Set<string>();
  readonly #requests = new AddressBuckets(
    ADMIN_REQUESTS_BURST,
    ADMIN_REQUESTS_PER_SECOND,
  );
  readonly #failures = new AddressBuckets(
    PASSWORD_FAILURES_BURST,
    PASSWORD_FAILURES_PER_SECOND,
  );
  #checking = 0;

  private constructor(clock: Clock, hashes: ReadonlyMap<string, string>) {
    this.#clock = clock;
    this.#hashes = hashes;
  }

  /** Hashes what is not hashed yet. Empty passwords count as none. */
  static async open(options: AccountOptions, clock: Clock): Promise<Accounts> {
    const given: [string, string | undefined][] = [
      ["admin", options.admin],
      ["relay", options.relay],
      ["source", options.source],
      ...Object.entries(options.mounts ?? {}).map(
        ([path, password]): [string, string] => [`source ${path}`, password],
      ),
    ];
    const hashes = new Map<string, string>();
    for (const [name, password] of given) {
      if (!password) continue;
      const isHash = isPasswordHash(password);
      hashes.set(name, isHash ? password : await hashPassword(password));
    }
    return new Accounts(clock, hashes);
  }

  /** Whether sources can come at all. */
  get hasSources(): boolean {
    return [...this.#hashes.keys()].some((name) => name.startsWith("source"));
  }

  /** Whether there is an admin. */
  get hasAdmin(): boolean {
    return this.#hashes.has("admin");
  }

  /**
   * One more request that needs a password.
   *
   * @throws AlluviumError `too-many-requests`
   */
  count(address: string): void {
    this.checkGuesses(address);
    const nowMs = this.#clock.monotonic();
    if (!this.#requests.allows(address, nowMs)) throw tooMany();
    this.#requests.take(address, nowMs);
  }

  /**
   * Looks whether an address may try a password: many listeners may share one
   * address, so only wrong ones count there.
   *
   * @throws AlluviumError `too-many-requests`
   */
  checkGuesses(address: string): void {
    if (!this.#failures.allows(address, this.#clock.monotonic())) {
      throw tooMany();
    }
  }

  /**
   * Whether a login is good for a role.
   *
   * @param address of the client, for counting wrong ones
   * @throws AlluviumError `busy` while too many are being checked
   */
  async check(
    role: Role,
    login: Login | undefined,
    address: string,
  ): Promise<boolean> {
    const hash = this.#hashOf(role);
    if (hash === undefined || login === undefined) return false;
    const isUser = login.user === userOf(role);
    const isRight = await this.isRight(login.password, hash);
    if (isUser && isRight) return true;
    this.countFailure(address);
    return false;
  }

  /** One wrong password from an address. */
  countFailure(address: string): void {
    this.#failures.take(address, this.#clock.monotonic());
  }

  /**
   * Whether a password belongs to a hash; a right one is remembered.
   *
   * @throws AlluviumError `busy`
   */
  async isRight(password: string, hash: string): Promise<boolean> {
    const digest = createHmac("sha256", this.#key)
      .update(`${hash}\n${password}`).digest("base64");
    if (this.#remembered.has(digest)) return true;
    if (this.#checking >= PASSWORD_CHECKS_MAX) {
      throw new AlluviumError("busy", "Cannot check so many passwords at once");
    }
    this.#checking++;
    try {
      if (!await isPassword(password, hash)) return false;
    } finally {
      this.#checking--;
    }
    if (this.#remembered.size >= REMEMBERED_MAX) this.#remembered.clear();
    this.#remembered.add(digest);
    return true;
  }

  #hashOf(role: Role): string | undefined {
    if (typeof role === "string") return this.#hashes.get(role);
    return this.#hashes.get(`source ${role.source}`) ??
      this.#hashes.get("source");
  }
}

function tooMany(): AlluviumError {
  return new AlluviumError(
    "too-many-requests",
    "Cannot take so many requests: wait a minute",
  );
}

function userOf(role: Role): string {
  return typeof role === "string" ? role : "source";
}

/**
 * Reads an `Authorization` header.
 *
 * @returns undefined for what is not Basic, or not base64
 */
export function basicLogin(header: string | null): Login | undefined {
  const match = /^Basic\s+([A-Za-z0-9+/=]+)\s*$/i.exec(header ?? "");
  if (match === null) return undefined;
  let text: string;
  try {
    text = new TextDecoder().decode(Uint8Array.fromBase64(match[1] ?? ""));
  } catch {
    return undefined;
  }
  const colon = text.indexOf(":");
  if (colon < 0) return undefined;
  return { user: text.slice(0, colon), password: text.slice(colon + 1) };
}
