import { assert, assertEquals, assertRejects } from "@std/assert";
import { systemClock } from "../../lib/clock.ts";
import { frontPolicy } from "../../lib/cli/front_options.ts";
import serve from "../../lib/cli/serve.ts";
import { AlluviumError } from "../../lib/errors.ts";
import { silentLog } from "../../lib/log.ts";
import { tempFolder } from "../support/temp.ts";

const NO_OPTIONS = {
  "allow-host": [],
  "public-url": undefined,
  "trust-proxy": [],
};

/** Runs the command; gives its first line to `use`, then interrupts it. */
async function withServe(
  folder: string,
  use: (line: string) => Promise<void>,
): Promise<void> {
  const stop = new AbortController();
  let announced = (_line: string) => {};
  const line = new Promise<string>((resolve) => announced = resolve);
  const running = serve.run({
    options: { ...NO_OPTIONS, port: 0, host: "127.0.0.1" },
    operands: [folder],
    clock: systemClock,
    random: () => 0,
    log: silentLog,
    json: false,
    out: announced,
    emit: () => {},
    signal: stop.signal,
    progress: { bar() {}, status() {}, clear() {} },
    env: () => undefined,
  });
  try {
    await use(await Promise.race([line, running.then(() => "")]));
  } finally {
    stop.abort();
    await running;
  }
}

Deno.test("serve serves a folder until it is interrupted", async () => {
  await using folder = await tempFolder();
  await folder.write("a.mp3", "0123456789");
  await withServe(folder.path, async (line) => {
    const url = /^Serving .* at (http:.*)$/.exec(line)?.[1];
    assert(url !== undefined, line);
    const response = await fetch(`${url}a.mp3`);
    assertEquals(await response.text(), "0123456789");
  });
});

Deno.test("serve refuses what is no folder", async () => {
  const error = await assertRejects(
    () => withServe("/no/such/folder", () => Promise.resolve()),
    AlluviumError,
  );
  assertEquals(error.code, "usage");
});

Deno.test("a front is told names, the public address and proxies by its options", () => {
  const policy = frontPolicy({
    "allow-host": ["radio.example"],
    "public-url": "https://www.radio.example/live/",
    "trust-proxy": ["10.0.0.0/8", "2001:db8::1"],
  });
  const hosts = policy.allowedHosts;
  assert(hosts !== "any");
  assert(hosts.allows("radio.example", "192.0.2.1"));
  assert(hosts.allows("www.radio.example", "192.0.2.1"));
  assert(!hosts.allows("evil.example", "192.0.2.1"));
  assertEquals(
    ["10.1.2.3", "11.1.2.3", "2001:db8::1", "2001:db8::2", "nonsense"].map(
      policy.isTrustedProxy,
    ),
    [true, false, true, false, false],
  );
});

Deno.test("options that cannot be read are wrong usage", async () => {
  const bad = [{ "public-url": "radio" }, { "trust-proxy": ["10.0.0.0/99"] }];
  for (const options of bad) {
    const error = await assertRejects(
      () =>
        Promise.resolve().then(() =>
          frontPolicy({ ...NO_OPTIONS, ...options })
        ),
      AlluviumError,
    );
    assertEquals(error.code, "usage");
  }
});
