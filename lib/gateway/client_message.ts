/**
 * What a client sent, judged before anything is done with it: a field of the
 * wrong kind or out of range makes the whole message malformed. Unknown
 * messages are passed over, so that a client may be newer. Pure.
 *
 * @module
 */
import { AlluviumError } from "../errors.ts";
import { isKey, isPowerOfTwo } from "../hashtree/mod.ts";
import {
  CONTENT_BYTES_MAX,
  GATEWAY_URL_CHARACTERS_MAX,
  LEASE_CHUNK_LEAVES_MAX,
} from "../limits.ts";
import type { ClientMessage } from "./messages.ts";

type Fields = Record<string, unknown>;

/** Reads one kind of message from its fields. */
const READERS: {
  [T in ClientMessage["t"]]: (fields: Fields) => ClientMessage & { t: T };
} = {
  hello: (f) => ({
    t: "hello",
    v: whole(f, "v"),
    id: text(f, "id", /^[0-9a-f]{32}$/),
    port: whole(f, "port", 65_535),
    capacity: whole(f, "capacity"),
    share: flag(f, "share"),
    ...(f.public === undefined ? {} : { public: flag(f, "public") }),
  }),
  join: (f) => ({
    t: "join",
    ref: whole(f, "ref"),
    url: text(f, "url", /^./, GATEWAY_URL_CHARACTERS_MAX),
    ...(f.root === undefined ? {} : { root: key(f, "root") }),
    ...(f.length === undefined
      ? {}
      : { length: whole(f, "length", CONTENT_BYTES_MAX, 1) }),
    leaf: whole(f, "leaf"),
    chunk: chunk(f),
    lease: whole(f, "lease"),
  }),
  leave: (f) => ({ t: "leave", key: key(f, "key") }),
  lease: (f) => ({
    t: "lease",
    key: key(f, "key"),
    from: whole(f, "from"),
    until: whole(f, "until"),
    chunks: whole(f, "chunks"),
    ...(f.pressing === undefined ? {} : { pressing: whole(f, "pressing") }),
    ...(f.chunk === undefined ? {} : { chunk: chunk(f) }),
  }),
  done: (f) => ({
    t: "done",
    key: key(f, "key"),
    from: whole(f, "from"),
    count: whole(f, "count"),
    ok: flag(f, "ok"),
    ms: Math.max(0, number(f, "ms")),
  }),
  share: (f) => ({
    t: "share",
    key: key(f, "key"),
    share: Math.min(1, Math.max(0, number(f, "share"))),
  }),
  hashes: (f) => ({
    t: "hashes",
    key: key(f, "key"),
    from: whole(f, "from"),
    count: whole(f, "count"),
  }),
};

/**
 * Reads a text frame.
 *
 * @returns undefined for a message this version does not know
 * @throws {AlluviumError} `peer-protocol` for anything malformed
 */
export function parseClientMessage(frame: string): ClientMessage | undefined {
  const fields = object(frame);
  const name = fields.t;
  if (typeof name !== "string") throw malformed("t", "a name");
  if (!Object.hasOwn(READERS, name)) return undefined;
  return READERS[name as ClientMessage["t"]](fields);
}

function object(frame: string): Fields {
  try {
    const value: unknown = JSON.parse(frame);
    if (typeof value === "object" && value !== null) return value as Fields;
  } catch {
    // Told below, like any other text that is no object.
  }
  throw new AlluviumError(
    "peer-protocol",
    "Cannot read the message: expected a JSON object",
  );
}

function number(fields: Fields, field: string): number {
  const value = fields[field];
  if (typeof value === "number" && Number.isFinite(value)) return value;
  throw malformed(field, "a number");
}

function whole(
  fields: Fields,
  field: string,
  max = Number.MAX_SAFE_INTEGER,
  min = 0,
): number {
  const value = number(fields, field);
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  throw malformed(field, `a whole number from ${min} to ${max}`);
}

function flag(fields: Fields, field: string): boolean {
  const value = fields[field];
  if (typeof value === "boolean") return value;
  throw malformed(field, "true or false");
}

function text(
  fields: Fields,
  field: string,
  pattern: RegExp,
  charactersMax = 100,
): string {
  const value = fields[field];
  const good = typeof value === "string" && value.length <= charactersMax &&
    pattern.test(value);
  if (good) return value;
  throw malformed(field, `text of at most ${charactersMax} characters`);
}

function key(fields: Fields, field: string): string {
  const value = fields[field];
  if (typeof value === "string" && isKey(value)) return value;
  throw malformed(field, "64 lower-case hex digits");
}

function chunk(fields: Fields): number {
  const value = whole(fields, "chunk", LEASE_CHUNK_LEAVES_MAX, 1);
  if (isPowerOfTwo(value)) return value;
  throw malformed("chunk", "a power of two");
}

function malformed(field: string, wanted: string): AlluviumError {
  return new AlluviumError(
    "peer-protocol",
    `Cannot read the message: expected "${field}" to be ${wanted}`,
    { field },
  );
}
