/**
 * `--mount`: a mount's path and what is set for it, as words.
 *
 *     /live.mp3 fallback=/stream.mp3 max-listeners=100 password="two words"
 *
 * @module
 */
import { AlluviumError } from "../errors.ts";
import { isKnownCharset, type MountSettings } from "../icecast/mod.ts";

/** One `--mount`. */
export interface MountWords {
  /** The mount's. */
  path: string;
  /** Of its source, plain or hashed; absent where the common one holds. */
  password?: string;
  /** The rest. */
  settings: MountSettings;
}

/** What may be set: name, what its value is, how it is read. */
const SETTINGS: Readonly<
  Record<string, [string, (value: string) => Partial<MountWords> | undefined]>
> = {
  password: ["a password or its hash", (password) => ({ password })],
  fallback: ["a path", (fallback) => path(fallback) && set({ fallback })],
  name: ["a text", (name) => set({ name })],
  description: ["a text", (description) => set({ description })],
  genre: ["a text", (genre) => set({ genre })],
  url: ["a web address", (url) => web(url) && set({ url })],
  "max-listeners": ["a number", (value) => {
    const listenersMax = whole(value);
    return listenersMax === undefined ? undefined : set({ listenersMax });
  }],
  "max-listen-time": ["seconds", (value) => {
    const seconds = whole(value);
    return seconds === undefined
      ? undefined
      : set({ durationMsMax: seconds * 1000 });
  }],
  reconnect: ["seconds", (value) => {
    const seconds = whole(value);
    return seconds === undefined
      ? undefined
      : set({ reconnectMs: seconds * 1000 });
  }],
  charset: [
    "one such as iso-8859-1",
    (charset) => isKnownCharset(charset) ? set({ charset }) : undefined,
  ],
  hidden: [
    "yes or no",
    (value) =>
      /^(yes|no)$/.test(value) ? set({ isHidden: value === "yes" }) : undefined,
  ],
};

/** Names of what may be set, for help and messages. */
export const MOUNT_SETTING_NAMES: readonly string[] = Object.keys(SETTINGS);

/**
 * Reads one.
 *
 * @throws AlluviumError `usage`
 */
export function parseMountWords(text: string): MountWords {
  const [, mount = "", rest = ""] = /^\s*(\S+)(.*)$/s.exec(text) ?? [];
  if (!path(mount)) throw wrong(text, "a path such as /live.mp3 first");
  const words: MountWords = { path: mount, settings: {} };
  const left = rest.replace(
    /\s+([a-z-]+)=(?:"([^"]*)"|(\S+))/g,
    (_all, name: string, quoted?: string, plain?: string) => {
      apply(words, name, quoted ?? plain ?? "", text);
      return "";
    },
  );
  if (left.trim() !== "") {
    throw wrong(text, `SETTING=VALUE, not ${left.trim()}`);
  }
  return words;
}

function apply(
  words: MountWords,
  name: string,
  value: string,
  text: string,
): void {
  const setting = Object.hasOwn(SETTINGS, name) ? SETTINGS[name] : undefined;
  if (setting === undefined) {
    throw wrong(text, `one of ${MOUNT_SETTING_NAMES.join(", ")}`);
  }
  const [wanted, read] = setting;
  const change = read(value);
  if (!change) throw wrong(text, `${wanted} as ${name}`);
  Object.assign(words, {
    ...change,
    settings: { ...words.settings, ...change.settings },
  });
}

function set(settings: MountSettings): Partial<MountWords> {
  return { settings };
}

function path(text: string): true | undefined {
  return text.startsWith("/") ? true : undefined;
}

function web(text: string): true | undefined {
  return /^https?:\/\//i.test(text) && URL.canParse(text) ? true : undefined;
}

function whole(text: string): number | undefined {
  return /^[1-9]\d{0,8}$/.test(text) ? Number(text) : undefined;
}

function wrong(text: string, wanted: string): AlluviumError {
  return new AlluviumError(
    "usage",
    `Cannot read "${text}": expected ${wanted}`,
    { field: "mount" },
  );
}
