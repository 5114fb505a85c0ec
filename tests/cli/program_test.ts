import { assert, assertEquals } from "@std/assert";
import { AlluviumError } from "../../lib/errors.ts";
import { CONFIG_BYTES_MAX } from "../../lib/limits.ts";
import {
  type Command,
  type CommandContext,
  defineCommand,
} from "../../lib/cli/command.ts";
import { type Process, runProgram } from "../../lib/cli/program.ts";

interface Run {
  code: number;
  out: string;
  err: string;
  context?: CommandContext;
}

/** Runs the whole program with one command that records what it was given. */
async function run(
  args: string[],
  behave: (context: CommandContext) => void | Promise<void> = () => {},
  more: Partial<Process> = {},
): Promise<Run> {
  const result: Run = { code: -1, out: "", err: "" };
  const listen: Command = defineCommand({
    name: "listen",
    summary: "Tune in",
    usage: "listen PLAYLIST [options]",
    help: {
      about: "About listening.",
      examples: [{ does: "Tune in", line: "alluvium listen URL" }],
    },
    operands: { min: 0, max: 1 },
    options: {
      port: { type: "number", default: 8000, help: "Port of the stream" },
    },
    async run(context) {
      result.context = context;
      await behave(context);
    },
  });
  const load = () => Promise.resolve({ default: listen });
  result.code = await runProgram({
    args,
    version: "1.2.3",
    env: () => undefined,
    readText: () => Promise.resolve("{}"),
    writeOut: (text) => result.out += text,
    writeErr: (text) => result.err += text,
    columns: () => undefined,
    signal: new AbortController().signal,
    commands: { listen: { summary: "Tune in", load } },
    start: load,
    ...more,
  });
  return result;
}

Deno.test("a command gets its options and operands, and the code is 0", async () => {
  const { code, context } = await run(["listen", "--port", "9", "URL"]);
  assertEquals(code, 0);
  assertEquals(context?.options.port, 9);
  assertEquals(context?.operands, ["URL"]);
});

Deno.test("an address alone means listen", async () => {
  const { context } = await run(["http://a.example/p.rss", "--port", "9"]);
  assertEquals(context?.operands, ["http://a.example/p.rss"]);
  assertEquals(context?.options.port, 9);
});

Deno.test("no words at all start the start page", async () => {
  assertEquals((await run([])).context?.operands, []);
  assertEquals((await run(["--port", "9"])).context?.options.port, 9);
});

Deno.test("wrong usage ends with 2 and says what to type", async () => {
  const unknown = await run(["lisen"]);
  assertEquals(unknown.code, 2);
  assert(unknown.err.includes("did you mean listen?"));
  assertEquals((await run(["listen", "--prot", "9"])).code, 2);
  assertEquals((await run(["listen", "a", "b"])).code, 2);
  assertEquals((await run(["constructor"])).code, 2);
});

Deno.test("an error's code decides the exit code, its place is told", async () => {
  const failed = await run(["listen"], () => {
    throw new AlluviumError("playlist-syntax", "Cannot read the playlist", {
      url: "http://a/p.rss",
      line: 3,
    });
  });
  assertEquals(failed.code, 1);
  assertEquals(
    failed.err,
    "error: http://a/p.rss:3: Cannot read the playlist\n",
  );
});

Deno.test("an interrupted command ends with 130 and no complaint", async () => {
  const end = new AbortController();
  const interrupted = await run(["listen"], (context) => {
    end.abort();
    context.signal.throwIfAborted();
  }, { signal: end.signal });
  assertEquals(interrupted.code, 130);
  assertEquals(interrupted.err, "");
});

Deno.test("help names usage, examples, options and defaults", async () => {
  const { code, out } = await run(["listen", "--help"]);
  assertEquals(code, 0);
  for (
    const part of [
      "Usage: alluvium listen PLAYLIST",
      "alluvium listen URL",
      "--port NUMBER",
      "(default 8000)",
      "--json",
    ]
  ) assert(out.includes(part), part);
  assert((await run(["--help"])).out.includes("listen"));
});

Deno.test("the version is printed alone", async () => {
  assertEquals((await run(["--version"])).out, "alluvium 1.2.3\n");
  assertEquals((await run(["listen", "--version"])).out, "alluvium 1.2.3\n");
});

Deno.test("a config file is read once, up to its limit", async () => {
  let limit = 0;
  const { context } = await run(["listen", "--config", "c.json"], undefined, {
    readText: (_file, bytesMax) => {
      limit = bytesMax;
      return Promise.resolve('{ "port": 7 }');
    },
  });
  assertEquals(context?.options.port, 7);
  assertEquals(limit, CONFIG_BYTES_MAX);
});

Deno.test("with --json results are documents, one a line", async () => {
  const { out } = await run(["listen", "--json"], (context) => {
    if (context.json) context.emit({ a: 1 });
  });
  assertEquals(out, '{"a":1}\n');
});
