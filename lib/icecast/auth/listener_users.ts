/**
 * Mounts that only known listeners may hear, and their names and passwords: what
 * Icecast keeps in an htpasswd file and `/admin/manageauth` changes.
 *
 * Promises: passwords are kept as hashes; a mount without an entry is open to
 * everyone. Keeping them on disk is the caller's part (`onChange`).
 *
 * @module
 */
import { AlluviumError } from "../../errors.ts";
import { MOUNT_USERS_MAX } from "../../limits.ts";
import { type Accounts, basicLogin } from "./accounts.ts";
import { hashPassword, isPasswordHash } from "./password.ts";

/** Hashes by name, by mount. */
export type UserTable = Readonly<
  Record<string, Readonly<Record<string, string>>>
>;

/**
 * A table as it is kept: `{"/members.mp3": {"joe": "scrypt$…"}}`.
 *
 * @throws AlluviumError `usage` for anything else, a password in the clear included
 */
export function parseUserTable(json: unknown): UserTable {
  for (const [path, users] of entriesOf(json, "mounts")) {
    if (!path.startsWith("/")) throw wrong(`"${path}" is no mount's path`);
    for (const [user, hash] of entriesOf(users, `listeners of ${path}`)) {
      if (typeof hash === "string" && isPasswordHash(hash)) continue;
      throw wrong(
        `${user} of ${path} needs a hash: alluvium password makes it`,
      );
    }
  }
  return json as UserTable;
}

function entriesOf(json: unknown, what: string): [string, unknown][] {
  if (json !== null && typeof json === "object" && !Array.isArray(json)) {
    return Object.entries(json);
  }
  throw wrong(`expected an object of ${what}`);
}

function wrong(why: string): AlluviumError {
  return new AlluviumError(
    "usage",
    `Cannot read the listeners' file: ${why}`,
    { field: "listener-users" },
  );
}

/** The listeners that are known. */
export class ListenerUsers {
  readonly #mounts = new Map<string, Map<string, string>>();
  readonly #onChange: (table: UserTable) => void;

  /**
   * Knows those of a table.
   *
   * @param table a mount with no user lets nobody in
   * @param onChange called after each change, to keep it
   */
  constructor(
    table: UserTable = {},
    onChange: (table: UserTable) => void = () => {},
  ) {
    for (const [path, users] of Object.entries(table)) {
      this.#mounts.set(path, new Map(Object.entries(users)));
    }
    this.#onChange = onChange;
  }

  /** The names of a mount; undefined where everyone may listen. */
  names(path: string): string[] | undefined {
    const users = this.#mounts.get(path);
    return users && [...users.keys()];
  }

  /**
   * Adds a listener.
   *
   * @returns false for a name that is taken, or on a mount that is open
   * @throws AlluviumError `busy` beyond MOUNT_USERS_MAX
   */
  async add(path: string, user: string, password: string): Promise<boolean> {
    const users = this.#mounts.get(path);
    if (users === undefined || users.has(user)) return false;
    if (users.size >= MOUNT_USERS_MAX) {
      throw new AlluviumError(
        "busy",
        `Cannot know more than ${MOUNT_USERS_MAX} listeners of a mount`,
      );
    }
    users.set(user, await hashPassword(password));
    this.#tell();
    return true;
  }

  /** Removes a listener; those that are connected stay. */
  remove(path: string, user: string): void {
    if (this.#mounts.get(path)?.delete(user)) this.#tell();
  }

  /**
   * Lets a listener in.
   *
   * @param authorization the header
   * @returns the name, undefined where everyone may listen
   * @throws AlluviumError `unauthorized`, `too-many-requests`
   */
  async admit(
    path: string,
    authorization: string | null,
    accounts: Accounts,
    address: string,
  ): Promise<string | undefined> {
    const users = this.#mounts.get(path);
    if (users === undefined) return undefined;
    const login = basicLogin(authorization);
    if (login) accounts.checkGuesses(address);
    const hash = users.get(login?.user ?? "");
    if (login && hash && await accounts.isRight(login.password, hash)) {
      return login.user;
    }
    if (login) accounts.countFailure(address);
    throw new AlluviumError("unauthorized", "You need to authenticate");
  }

  #tell(): void {
    const table = [...this.#mounts].map((
      [path, users],
    ) => [path, Object.fromEntries(users)]);
    this.#onChange(Object.fromEntries(table));
  }
}
