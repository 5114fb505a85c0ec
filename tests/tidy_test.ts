/**
 * The house is tidy: small files, short functions, headers that say why, arrows
 * that point one way, nothing left behind. A ratchet: what is over a limit
 * today stands in a table here and may only shrink.
 *
 * @module
 */

import { assertEquals } from "@std/assert";

const ROOT = new URL("../", import.meta.url);

/** Lines of a file; past this it is two files. */
const FILE_LINES_MAX = 400;
/** Lines of a function; past this it is several. */
const FUNCTION_LINES_MAX = 70;

/** Files over the limit, with their lines when they were entered here. */
const LONG_FILES: Readonly<Record<string, number>> = {
  "lib/limits.ts": 900, // a table, read by its sections
};

/**
 * What each folder of `lib/` may import of the others, in the order of the
 * data. A folder imports only folders above its own line; a file is named where
 * only that file may be imported.
 */
const ARROWS: Readonly<Record<string, readonly string[]>> = {
  hashtree: [],
  playlist: ["hashtree"],
  schedule: ["playlist"],
  planner: ["playlist"],
  media: [],
  http: [],
  swarm: ["hashtree"],
  "gateway/messages.ts": ["hashtree", "swarm"],
  peer: ["hashtree", "http", "swarm", "gateway/messages.ts", "media"],
  gateway: ["hashtree", "http", "swarm", "peer"],
  icecast: ["media", "http"],
  tuner: ["hashtree", "playlist", "schedule", "media", "peer", "icecast"],
  broadcaster: ["hashtree", "playlist", "schedule", "planner", "media"],
  player: ["playlist", "schedule", "http", "peer", "tuner"],
  cli: [
    ...["hashtree", "playlist", "schedule", "media", "http", "swarm", "peer"],
    ...["gateway", "icecast", "tuner", "planner", "broadcaster", "player"],
  ],
};
/** Files of `lib/` itself, which everyone may import. */
const COMMON = [
  "clock.ts",
  "errors.ts",
  "limits.ts",
  "log.ts",
  "token_bucket.ts",
];

/** A file of the checkout. */
interface Source {
  path: string;
  text: string;
}

function sources(...places: string[]): Source[] {
  return places.flatMap((place) => [...walk(place)]).sort()
    .map((path) => ({
      path,
      text: Deno.readTextFileSync(new URL(path, ROOT)),
    }));
}

function* walk(place: string): Generator<string> {
  if (place.endsWith(".ts")) return yield place;
  for (const { name, isDirectory } of Deno.readDirSync(new URL(place, ROOT))) {
    const path = `${place}/${name}`;
    if (isDirectory) yield* walk(path);
    else if (/\.(ts|js)$/.test(name) && !name.endsWith(".d.ts")) yield path;
  }
}

const HOUSE = sources("lib", "main.ts", "scripts");
const ALL = [...HOUSE, ...sources("tests")];

/** Checks each file; a failure names every file that breaks the rule. */
function check(
  name: string,
  files: readonly Source[],
  find: (source: Source) => readonly string[],
): void {
  Deno.test(name, () => {
    const found = files.flatMap((source) =>
      find(source).map((what) => `${source.path}: ${what}`)
    );
    assertEquals(found, []);
  });
}

check(`files have at most ${FILE_LINES_MAX} lines`, HOUSE, ({ path, text }) => {
  const lines = text.split("\n").length - 1;
  const max = LONG_FILES[path] ?? FILE_LINES_MAX;
  if (lines > max) return [`${lines} lines, at most ${max}`];
  const obsolete = path in LONG_FILES && lines <= FILE_LINES_MAX;
  return obsolete ? ["is short now: take it out of LONG_FILES"] : [];
});

check(
  `functions have at most ${FUNCTION_LINES_MAX} lines`,
  HOUSE,
  ({ path, text }) => longFunctions(path, text),
);

/** The first comment; a linter's directive may stand above it. */
const HEADER = /^(?:\/\/ deno-lint-.*\n)?\/\*\*?([\s\S]*?)\*\//;

check("files open with why they exist", HOUSE, ({ text }) => {
  const header = text.match(HEADER)?.[1] ?? "";
  const words = header.replace(/@module|[*\s]+/g, " ").trim();
  return words.length >= 20 ? [] : ["no header"];
});

check("nothing is left to do, no test runs alone", ALL, ({ path, text }) => {
  if (path === "tests/tidy_test.ts") return [];
  const left = text.match(/\b(TODO|FIXME|XXX)\b/g) ?? [];
  const only = text.match(/\bDeno\.test\.only\b|\bonly: true\b/g) ?? [];
  return [...left, ...only];
});

check("imports of lib/ point one way", sources("lib"), ({ path, text }) => {
  const [, from = "", file = ""] = path.match(/^lib\/(\w+)\/(.+)$/) ?? [];
  const allowed = ARROWS[`${from}/${file}`] ?? ARROWS[from] ?? [];
  return imported(path, text).filter((to) => {
    if (COMMON.includes(to)) return false;
    const [folder = ""] = to.split("/");
    return folder !== from && !allowed.includes(folder) &&
      !allowed.includes(to);
  }).map((to) => `imports lib/${to}`);
});

Deno.test("the table of arrows has no circle and no stranger", () => {
  const above = new Set<string>();
  for (const [folder, targets] of Object.entries(ARROWS)) {
    assertEquals(targets.filter((target) => !above.has(target)), [], folder);
    above.add(folder);
  }
  const strangers = [...Deno.readDirSync(new URL("lib", ROOT))]
    .filter(({ name, isDirectory }) => isDirectory && !(name in ARROWS));
  assertEquals(strangers.map(({ name }) => name), []);
});

/** What a file of `lib/` imports of `lib/`, as paths from there. */
function imported(path: string, text: string): string[] {
  const specifiers = text.matchAll(/(?:from|import)\s*\(?\s*"(\.[^"]+)"/g);
  return [...specifiers]
    .map(([, to]) => new URL(to!, `file:///${path}`).pathname)
    .filter((to) => to.startsWith("/lib/"))
    .map((to) => to.slice("/lib/".length));
}

/** The functions of a file that are too long, by the linter's own parser. */
function longFunctions(path: string, text: string): string[] {
  const long: string[] = [];
  const measure = (node: { range: [number, number] }) => {
    const [start, end] = node.range;
    const lines = text.slice(start, end).split("\n").length;
    if (lines <= FUNCTION_LINES_MAX) return;
    const line = text.slice(0, start).split("\n").length;
    long.push(`${lines} lines from line ${line}`);
  };
  Deno.lint.runPlugin(
    {
      name: "measure",
      rules: {
        lines: {
          create: () => ({
            FunctionDeclaration: measure,
            FunctionExpression: measure,
            ArrowFunctionExpression: measure,
          }),
        },
      },
    },
    path.replace(/\.js$/, ".ts"),
    text,
  );
  return long;
}
