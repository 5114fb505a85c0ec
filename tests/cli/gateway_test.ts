import { assert, assertEquals, assertRejects } from "@std/assert";
import { systemClock } from "../../lib/clock.ts";
import gateway from "../../lib/cli/gateway.ts";
import { AlluviumError } from "../../lib/errors.ts";
import { silentLog } from "../../lib/log.ts";
import { tempFolder } from "../support/temp.ts";

type Options = Parameters<typeof gateway.run>[0]["options"];

/** Runs the command until `end` is called; `announced` is its first line or document. */
function runGateway(options: Partial<Options>, json = false) {
  const abort = new AbortController();
  const { promise: announced, resolve } = Promise.withResolvers<unknown>();
  const ended = gateway.run({
    options: {
      port: 0,
      host: "127.0.0.1",
      data: undefined,
      store: undefined,
      keep: 1_000_000,
      "allow-private": false,
      "media-host": [],
      "neighbour-url": undefined,
      station: [],
      "allow-host": [],
      "public-url": undefined,
      "trust-proxy": [],
      ...options,
    },
    operands: [],
    clock: systemClock,
    random: Math.random,
    log: silentLog,
    json,
    out: resolve,
    emit: resolve,
    signal: abort.signal,
    progress: { bar() {}, status() {}, clear() {} },
    env: () => undefined,
  });
  return { announced, ended, end: () => abort.abort() };
}

Deno.test("gateway serves until it is ended, and keeps its store in its folder", async () => {
  await using folder = await tempFolder();
  const data = folder.file("data");
  const { announced, ended, end } = runGateway({ data }, true);
  const { url } = await announced as { url: string };
  assertEquals(await (await fetch(`${url}healthz`)).text(), "ok");
  end();
  await ended;
  assert((await Deno.stat(`${data}/gateway.sqlite`)).isFile);
  await assertRejects(() => fetch(`${url}healthz`));
});

Deno.test("gateway says where it is, by its public name if it has one", async () => {
  await using folder = await tempFolder();
  const { announced, ended, end } = runGateway({
    data: folder.path,
    "public-url": "https://gateway.example/",
    store: `sqlite:${folder.file("other.sqlite")}`,
  });
  assertEquals(await announced, "Gateway  https://gateway.example/");
  end();
  await ended;
  assert((await Deno.stat(folder.file("other.sqlite"))).isFile);
});

Deno.test("gateway says what it cannot use", async () => {
  await using folder = await tempFolder();
  const data = folder.path;
  const cases: [Partial<Options>, string, string?][] = [
    [{ data, store: "postgres://127.0.0.1" }, "usage", "store"],
    [{ data, store: "redis://127.0.0.1:1" }, "storage"],
    [{ data, store: "sqlite:" }, "usage", "store"],
    [{}, "usage", "data"],
    [{ data: await folder.write("file", "x") }, "storage"],
    [{ data, host: "203.0.113.1" }, "address-in-use"],
  ];
  for (const [options, code, field] of cases) {
    const error = await assertRejects(
      () => runGateway(options).ended,
      AlluviumError,
    );
    assertEquals([error.code, error.place.field], [code, field]);
  }
});
