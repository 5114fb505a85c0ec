/**
 * The store as one SQLite file, by `node:sqlite`. Write-ahead log, one
 * transaction a call, so that a crash at any moment leaves what was there before
 * or what was to be. The schema's version stands in `user_version`; older files
 * are brought up to date on opening, newer ones are refused.
 *
 * SQLite works synchronously; a layer of a film is 16 MB and takes some tens of
 * milliseconds, everything else well under one.
 *
 * @module
 */
import { DatabaseSync, type StatementSync } from "node:sqlite";
import { AlluviumError } from "../errors.ts";
import { fromHex, toHex } from "../hashtree/mod.ts";
import type {
  GatewayStore,
  KeptFile,
  StoredContent,
  StoredResource,
} from "./store.ts";

/** Each brings the schema from its index to the next version. Never edit one; add one. */
const MIGRATIONS = [
  `CREATE TABLE contents (
     root BLOB PRIMARY KEY,
     length INTEGER NOT NULL,
     layer BLOB NOT NULL,
     sha256 BLOB
   ) STRICT;
   CREATE TABLE resources (
     url TEXT PRIMARY KEY,
     root BLOB NOT NULL REFERENCES contents (root),
     type TEXT,
     etag TEXT,
     last_modified TEXT,
     checked_ms INTEGER NOT NULL
   ) STRICT;
   CREATE INDEX resources_by_root ON resources (root, checked_ms);
   CREATE INDEX resources_by_age ON resources (checked_ms);
   CREATE TABLE kept (
     root BLOB PRIMARY KEY REFERENCES contents (root),
     used_ms INTEGER NOT NULL
   ) STRICT;`,
];

const SQL = {
  resource: "SELECT * FROM resources WHERE url = ?",
  putResource: `INSERT INTO resources
    (url, root, type, etag, last_modified, checked_ms) VALUES (?, ?, ?, ?, ?, ?)
    ON CONFLICT (url) DO UPDATE SET root = excluded.root, type = excluded.type,
    etag = excluded.etag, last_modified = excluded.last_modified,
    checked_ms = excluded.checked_ms`,
  urlsOf: `SELECT url FROM resources WHERE root = ?
    ORDER BY checked_ms DESC LIMIT ?`,
  content: "SELECT * FROM contents WHERE root = ?",
  putContent: `INSERT INTO contents (root, length, layer, sha256)
    VALUES (?, ?, ?, ?) ON CONFLICT (root) DO UPDATE
    SET sha256 = coalesce(excluded.sha256, sha256)`,
  keptFiles: `SELECT root, length, used_ms FROM kept
    JOIN contents USING (root) ORDER BY used_ms`,
  putKept: `INSERT INTO kept (root, used_ms) VALUES (?, ?)
    ON CONFLICT (root) DO UPDATE SET used_ms = excluded.used_ms`,
  removeKept: "DELETE FROM kept WHERE root = ?",
  trimResources: `DELETE FROM resources WHERE url IN (SELECT url FROM resources
    ORDER BY checked_ms DESC LIMIT -1 OFFSET ?)`,
  trimLayers: `DELETE FROM resources WHERE url IN (SELECT url FROM
    (SELECT url, sum(length(layer)) OVER (ORDER BY checked_ms DESC, url) AS bytes
    FROM resources JOIN contents USING (root)) WHERE bytes > ?)`,
  trimContents: `DELETE FROM contents WHERE root NOT IN
    (SELECT root FROM resources UNION SELECT root FROM kept)`,
};

type Value = string | number | Uint8Array | null;
type Row = Record<string, unknown>;

/** A {@linkcode GatewayStore} in an SQLite file. */
export class SqliteStore implements GatewayStore {
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  /**
   * Opens a store, making the file where there is none.
   *
   * @param file its path; `:memory:` for none
   * @throws {AlluviumError} `storage` if it cannot be opened or is of a newer program
   */
  constructor(readonly file: string) {
    this.#database = this.#guarded("open", () => new DatabaseSync(file));
    try {
      this.#guarded("open", () => this.#prepare());
    } catch (error) {
      this.#database.close();
      throw error;
    }
  }

  /** What is known of a URL. */
  resource(url: string): Promise<StoredResource | undefined> {
    return this.#async("read", () => {
      const row = this.#get(SQL.resource, url);
      return row === undefined ? undefined : {
        url,
        root: hexOf(row.root),
        ...present({
          type: row.type,
          etag: row.etag,
          lastModified: row.last_modified,
        }),
        checkedMs: Number(row.checked_ms),
      };
    });
  }

  /** Remembers a URL. */
  putResource(resource: StoredResource): Promise<void> {
    const { url, root, type, etag, lastModified, checkedMs } = resource;
    return this.#async("write", () => {
      this.#run(
        SQL.putResource,
        ...[url, blob(root), type ?? null, etag ?? null],
        ...[lastModified ?? null, Math.round(checkedMs)],
      );
    });
  }

  /** The URLs of a content, latest first. */
  urlsOf(root: string, max: number): Promise<string[]> {
    return this.#async("read", () => {
      const rows = this.#statement(SQL.urlsOf).all(blob(root), max) as Row[];
      return rows.map(({ url }) => String(url));
    });
  }

  /** What is known of a content. */
  content(root: string): Promise<StoredContent | undefined> {
    return this.#async("read", () => {
      const row = this.#get(SQL.content, blob(root));
      return row === undefined ? undefined : {
        root,
        length: Number(row.length),
        layer: new Uint8Array(row.layer as Uint8Array),
        ...(row.sha256 === null ? {} : { sha256: hexOf(row.sha256) }),
      };
    });
  }

  /** Remembers a content. */
  putContent(content: StoredContent): Promise<void> {
    const { root, length, layer, sha256 } = content;
    const flat = sha256 === undefined ? null : blob(sha256);
    return this.#async("write", () => {
      this.#run(SQL.putContent, blob(root), length, layer, flat);
    });
  }

  /** All kept files, least recently used first. */
  keptFiles(): Promise<KeptFile[]> {
    return this.#async("read", () => {
      const rows = this.#statement(SQL.keptFiles).all() as Row[];
      return rows.map((row) => ({
        root: hexOf(row.root),
        length: Number(row.length),
        usedMs: Number(row.used_ms),
      }));
    });
  }

  /** Remembers or freshens a kept file. */
  putKept(root: string, usedMs: number): Promise<void> {
    return this.#async("write", () => {
      this.#run(SQL.putKept, blob(root), Math.round(usedMs));
    });
  }

  /** Forgets a kept file. */
  removeKept(root: string): Promise<void> {
    return this.#async("write", () => this.#run(SQL.removeKept, blob(root)));
  }

  /** Forgets the oldest URLs and what nothing refers to. */
  trim(resourcesMax: number, layerBytesMax: number): Promise<void> {
    return this.#async("write", () => {
      this.#run(SQL.trimResources, resourcesMax);
      this.#run(SQL.trimLayers, layerBytesMax);
      this.#run(SQL.trimContents);
    });
  }

  /** Closes the file. */
  close(): Promise<void> {
    return this.#async("close", () => this.#database.close());
  }

  #prepare(): void {
    this.#database.exec(
      "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON;",
    );
    const row = this.#get("PRAGMA user_version");
    const version = Number(row?.user_version ?? 0);
    if (version > MIGRATIONS.length) {
      throw new AlluviumError(
        "storage",
        `Cannot open the gateway's store: it was made by a newer program (version ${version}, wanted ${MIGRATIONS.length} or less)`,
        { file: this.file },
      );
    }
    MIGRATIONS.slice(version).forEach((migration, i) => {
      const next = version + i + 1;
      this.#database.exec(
        `BEGIN; ${migration} PRAGMA user_version = ${next}; COMMIT;`,
      );
    });
  }

  #statement(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#database.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  #get(sql: string, ...values: Value[]): Row | undefined {
    return this.#statement(sql).get(...values) as Row | undefined;
  }

  #run(sql: string, ...values: Value[]): void {
    this.#statement(sql).run(...values);
  }

  /** As a promise, so that a store elsewhere is used alike. */
  #async<T>(verb: string, work: () => T): Promise<T> {
    return new Promise((resolve) => resolve(this.#guarded(verb, work)));
  }

  #guarded<T>(verb: string, work: () => T): T {
    try {
      return work();
    } catch (error) {
      if (error instanceof AlluviumError) throw error;
      const why = error instanceof Error ? error.message : String(error);
      throw new AlluviumError(
        "storage",
        `Cannot ${verb} the gateway's store: ${why}`,
        { file: this.file, cause: error },
      );
    }
  }
}

function blob(hex: string): Uint8Array {
  const bytes = fromHex(hex);
  if (bytes !== undefined) return bytes;
  throw new TypeError(`Cannot store "${hex}": expected hex digits`);
}

function hexOf(value: unknown): string {
  return toHex(value as Uint8Array);
}

/** The fields that are there; SQLite's null is not. */
function present<K extends string>(
  fields: Record<K, unknown>,
): Partial<Record<K, string>> {
  const there = Object.entries(fields).filter(([, value]) => value !== null);
  return Object.fromEntries(there) as Partial<Record<K, string>>;
}
