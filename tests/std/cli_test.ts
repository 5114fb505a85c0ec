/**
 * What we use of `@std/cli`, on whichever import map the tests run.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { parseArgs } from "@std/cli";

Deno.test("cli: strings, booleans and bare arguments", () => {
  const args = parseArgs(
    ["listen", "--port", "8001", "--json", "--host=0.0.0.0", "url"],
    { string: ["port", "host", "cache"], boolean: ["json", "share"] },
  );
  const port: string | undefined = args.port;
  const json: boolean = args.json;
  assertEquals([port, args.host, args.cache, json, args.share], [
    ...["8001", "0.0.0.0", undefined, true, false],
  ]);
  assertEquals(args._, ["listen", "url"]);
});

Deno.test("cli: a repeated option is collected", () => {
  const args = parseArgs(["--host", "a", "--host", "b"], {
    string: ["host", "name"],
    collect: ["host", "name"],
  });
  const hosts: string[] = args.host;
  assertEquals([hosts, args.name], [["a", "b"], []]);
});

Deno.test("cli: --no-NAME turns off what is negatable", () => {
  const options = { boolean: ["share"], negatable: ["share"] } as const;
  assertEquals(parseArgs(["--no-share"], options).share, false);
  assertEquals(parseArgs(["--share"], options).share, true);
});

Deno.test("cli: aliases and defaults", () => {
  const args = parseArgs(["-o", "file", "-h"], {
    string: ["output", "level"],
    boolean: ["help"],
    alias: { o: "output", h: "help" },
    default: { level: "info" },
  });
  const level: string = args.level;
  assertEquals([args.output, args.help, level], ["file", true, "info"]);
});

Deno.test("cli: unknown options are reported and can be left out", () => {
  const unknown: [string, string | undefined, unknown][] = [];
  const args = parseArgs(["--prot=1", "url", "--json"], {
    boolean: ["json"],
    unknown: (arg, key, value) => {
      unknown.push([arg, key, value]);
      return key === undefined;
    },
  });
  assertEquals(unknown, [
    ["--prot=1", "prot", "1"],
    ["url", undefined, undefined],
  ]);
  assertEquals([args.prot, args._], [undefined, ["url"]]);
});

Deno.test("cli: what follows -- is kept apart", () => {
  const args = parseArgs(["a", "--", "--b", "c"], { "--": true });
  const rest: string[] | undefined = args["--"];
  assertEquals([args._, rest], [["a"], ["--b", "c"]]);
});

Deno.test("cli: stopEarly leaves everything after the first word", () => {
  const args = parseArgs(["--a", "listen", "--b"], {
    boolean: ["a", "b"],
    stopEarly: true,
  });
  assertEquals([args.a, args.b, args._], [true, false, ["listen", "--b"]]);
});

Deno.test("cli: a value may be empty and numbers of strings stay strings", () => {
  const args = parseArgs(["--gateway=", "--port", "08"], {
    string: ["gateway", "port"],
  });
  assertEquals([args.gateway, args.port], ["", "08"]);
});
