import { assert, assertEquals } from "@std/assert";
import { type Clock, systemClock } from "../../lib/clock.ts";
import { TERMINAL_REDRAW_MS } from "../../lib/limits.ts";
import { printable, Terminal } from "../../lib/cli/terminal.ts";

function screen(columns: number | undefined) {
  const written = { out: "", err: "" };
  let at = 1000;
  const clock: Clock = { ...systemClock, monotonic: () => at };
  const terminal = new Terminal({
    writeOut: (text) => written.out += text,
    writeErr: (text) => written.err += text,
    columns: () => columns,
    clock,
  });
  return { terminal, written, pass: (ms: number) => at += ms };
}

Deno.test("without a terminal there is no live line", () => {
  const { terminal, written } = screen(undefined);
  terminal.bar("Hashing", 1, 2);
  terminal.status("on the air");
  terminal.clear();
  assertEquals(written.err, "");
});

Deno.test("a bar shows share and figures within the terminal's width", () => {
  const { terminal, written } = screen(60);
  terminal.bar("Hashing a.mp3", 512 * 1024, 1024 * 1024);
  assert(written.err.includes("50 %"));
  const line = written.err.replace("\r\x1b[2K", "");
  assert(line.length < 60);
});

Deno.test("the live line is drawn at most once per redraw time", () => {
  const { terminal, written, pass } = screen(80);
  terminal.status("one");
  terminal.status("two");
  assert(!written.err.includes("two"));
  pass(TERMINAL_REDRAW_MS);
  terminal.status("three");
  assert(written.err.endsWith("three"));
});

Deno.test("log and result lines keep the live line below themselves", () => {
  const { terminal, written } = screen(80);
  terminal.status("live");
  terminal.log("warn", "Careful");
  assertEquals(
    written.err,
    "\r\x1b[2Klive\r\x1b[2Kwarn: Careful\n\r\x1b[2Klive",
  );
  terminal.out("result");
  assertEquals(written.out, "result\n");
});

Deno.test("lines below the log level are not written", () => {
  const { terminal, written } = screen(undefined);
  terminal.log("debug", "Detail");
  assertEquals(written.err, "");
  terminal.level = "debug";
  terminal.log("debug", "Detail", { a: 1 });
  assertEquals(written.err, 'debug: Detail {"a":1}\n');
});

Deno.test("foreign text cannot move the cursor", () => {
  assertEquals(printable("a\x1b[2Jb\nc"), "a [2Jb c");
});

Deno.test("a JSON log is one object a line, with time and level, errors as their messages", () => {
  const { terminal, written } = screen(undefined);
  terminal.jsonLog = true;
  const error = new Error("no\nway");
  terminal.log("warn", "Careful", { url: "http://a.example/", error });
  const { time, ...rest } = JSON.parse(written.err);
  assertEquals(rest, {
    ...{ url: "http://a.example/", error: "no\nway" },
    ...{ level: "warn", message: "Careful" },
  });
  assert(Math.abs(Date.parse(time) - systemClock.now()) < 60_000);
  assertEquals(written.err.split("\n").length, 2);
});
