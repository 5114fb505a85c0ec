import { assertEquals } from "@std/assert";
import { ROOT } from "../../scripts/paths.ts";
import { systemClock } from "../../lib/clock.ts";
import { commandLine } from "../support/alluvium.ts";
import { freePort } from "../support/ports.ts";
import { run, start } from "../support/processes.ts";
import { program, programs } from "../support/programs.ts";
import { tempFolder } from "../support/temp.ts";

Deno.test({
  name: "a gateway serves on the socket that systemd has opened for it",
  ignore: program("systemd-socket-activate").ignore,
  async fn() {
    await using folder = await tempFolder();
    const port = freePort();
    // A port of its own would be another one.
    const words = await commandLine(
      ["gateway", "--port", "0", "--data", folder.path],
    );
    const setEnv = Object.keys(Deno.env.toObject())
      .filter((name) => /^(HOME|PATH|DENO_.*)$/.test(name))
      .flatMap((name) => ["-E", name]);
    await using _child = start(
      program("systemd-socket-activate").required(),
      ["-l", `127.0.0.1:${port}`, ...setEnv, Deno.execPath(), ...words],
      { cwd: ROOT },
    );
    // It starts when the first caller comes, who then waits; before that nobody listens.
    const deadline = systemClock.monotonic() + 20_000;
    for (;;) {
      const answer = await fetch(`http://127.0.0.1:${port}/healthz`)
        .catch(() => undefined);
      if (answer !== undefined) {
        assertEquals([answer.status, await answer.text()], [200, "ok"]);
        break;
      }
      if (systemClock.monotonic() > deadline) throw new Error("no answer");
      await systemClock.sleep(20);
    }
  },
});

Deno.test({
  name: "the unit files are what systemd takes",
  ignore: programs("systemd-analyze").ignore,
  async fn() {
    await using folder = await tempFolder();
    const units = ["service", "socket"].map((kind) =>
      `alluvium-gateway.${kind}`
    );
    for (const unit of units) {
      const text = await Deno.readTextFile(`${ROOT}/docs/gateway/${unit}`);
      // The program is not installed here.
      await folder.write(
        unit,
        text.replace("/usr/local/bin/alluvium", "/bin/true"),
      );
    }
    const { stderr } = await run("systemd-analyze", [
      ...["verify", "--recursive-errors=no"],
      ...units.map((unit) => folder.file(unit)),
    ]);
    const ours = stderr.split("\n").filter((line) =>
      line.includes("alluvium-gateway")
    );
    assertEquals(ours, []);
  },
});
