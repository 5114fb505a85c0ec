import { assertEquals, assertThrows } from "@std/assert";
import { AlluviumError } from "../../lib/errors.ts";
import {
  COMMON_OPTIONS,
  fromConfig,
  fromEnvironment,
  logLevelOf,
  resolveOptions,
  splitWords,
} from "../../lib/cli/options.ts";
import type { OptionSpecs } from "../../lib/cli/command.ts";

const SPECS = {
  port: { type: "number", default: 8000, max: 65535, help: "Port" },
  gateway: { type: "string", help: "Gateway" },
  "cache-size": { type: "size", default: 1024, help: "Cache" },
  "upload-limit": { type: "rate", help: "Limit" },
  "no-share": { type: "boolean", help: "Give nothing" },
  "allow-host": { type: "list", help: "Names" },
  output: { type: "string", short: "o", help: "File" },
} as const satisfies OptionSpecs;

function read(...args: string[]) {
  const { given, operands } = splitWords(args, SPECS);
  return { options: resolveOptions(SPECS, [given]), operands };
}

function usage(run: () => unknown): string {
  const error = assertThrows(run, AlluviumError);
  assertEquals(error.code, "usage");
  return error.message;
}

Deno.test("options have their types and defaults", () => {
  const { options, operands } = read("http://a.example/p.rss");
  assertEquals(operands, ["http://a.example/p.rss"]);
  assertEquals(options, {
    port: 8000,
    gateway: undefined,
    "cache-size": 1024,
    "upload-limit": undefined,
    "no-share": false,
    "allow-host": [],
    output: undefined,
  });
});

Deno.test("options are read in every way people write them", () => {
  const { options, operands } = read(
    "--port=9000",
    "a",
    "--upload-limit",
    "2Mbit",
    "--cache-size=500M",
    "--no-share",
    "--allow-host",
    "one",
    "--allow-host=two",
    "-o",
    "file",
    "123",
  );
  assertEquals(operands, ["a", "123"]);
  assertEquals(options.port, 9000);
  assertEquals(options["upload-limit"], 2_000_000);
  assertEquals(options["cache-size"], 500 * 1024 * 1024);
  assertEquals(options["no-share"], true);
  assertEquals(options["allow-host"], ["one", "two"]);
  assertEquals(options.output, "file");
});

Deno.test("what follows -- is an operand, whatever it looks like", () => {
  assertEquals(read("--", "--port").operands, ["--port"]);
});

Deno.test("an unknown option is a usage error with the nearest name", () => {
  assertEquals(
    usage(() => read("--gatway", "x")),
    "Unknown option --gatway: did you mean --gateway?",
  );
  assertEquals(
    usage(() => read("--zzz")),
    "Unknown option --zzz: --help lists the options",
  );
});

Deno.test("a missing or unreadable value is a usage error that says what is wanted", () => {
  assertEquals(
    usage(() => read("--gateway")),
    "Missing value: --gateway wants TEXT",
  );
  assertEquals(
    usage(() => read("--port", "99999")),
    'Cannot use "99999" for --port: want a number between 0 and 65535',
  );
  usage(() => read("--port", "eight"));
  usage(() => read("--cache-size", "much"));
  usage(() => read("--upload-limit", "2 furlongs"));
});

Deno.test("the command line beats the environment, which beats the config file", () => {
  const { given } = splitWords(["--port", "1"], SPECS);
  const variables = fromEnvironment(SPECS, (name) =>
    ({
      ALLUVIUM_PORT: "2",
      ALLUVIUM_GATEWAY: "http://env",
      ALLUVIUM_NO_SHARE: "yes",
      ALLUVIUM_ALLOW_HOST: "a,b",
    })[name]);
  const config = fromConfig(
    '{ "port": 3, "gateway": "http://all", "other": 1, "listen": { "output": "f" } }',
    { file: "c.json", specs: SPECS, command: "listen", names: ["listen"] },
  );
  const options = resolveOptions(SPECS, [given, variables, config]);
  assertEquals(options.port, 1);
  assertEquals(options.gateway, "http://env");
  assertEquals(options["no-share"], true);
  assertEquals(options["allow-host"], ["a", "b"]);
  assertEquals(options.output, "f");
});

Deno.test("a broken config file is a usage error that names the file", () => {
  const about = {
    file: "c.json",
    specs: SPECS,
    command: "listen",
    names: ["listen"],
  };
  for (
    const text of [
      "{",
      "[]",
      '{ "listen": 1 }',
      '{ "listen": { "prot": 1 } }',
      '{ "port": {} }',
    ]
  ) {
    const error = assertThrows(() => fromConfig(text, about), AlluviumError);
    assertEquals(error.code, "usage");
    assertEquals(error.place.file, "c.json");
  }
});

Deno.test("the log level is one of four words", () => {
  assertEquals(logLevelOf(COMMON_OPTIONS["log-level"].default), "info");
  usage(() => logLevelOf("loud"));
});
