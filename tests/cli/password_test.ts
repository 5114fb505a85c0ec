import { assert, assertEquals, assertRejects } from "@std/assert";
import { systemClock } from "../../lib/clock.ts";
import { passwordCommand } from "../../lib/cli/password.ts";
import { standardInput } from "../../lib/cli/secret_input.ts";
import { AlluviumError } from "../../lib/errors.ts";
import { isPassword } from "../../lib/icecast/auth/password.ts";
import { SECRET_LINE_BYTES_MAX } from "../../lib/limits.ts";
import { silentLog } from "../../lib/log.ts";

/** A terminal, or a pipe, with something to read in it. */
class Input {
  readonly shown: string[] = [];
  readonly raw: boolean[] = [];
  readonly #bytes: number[];

  constructor(text: string, private readonly terminal: boolean) {
    this.#bytes = [...new TextEncoder().encode(text)];
  }

  isTerminal(): boolean {
    return this.terminal;
  }

  setRaw(raw: boolean): void {
    this.raw.push(raw);
  }

  read(bytes: Uint8Array): Promise<number | null> {
    const next = this.#bytes.shift();
    if (next === undefined) return Promise.resolve(null);
    bytes[0] = next;
    return Promise.resolve(1);
  }

  async hash(json = false): Promise<string> {
    const lines: string[] = [];
    const input = standardInput(this, (text) => void this.shown.push(text));
    await passwordCommand(input).run({
      options: {},
      operands: [],
      clock: systemClock,
      random: () => 0,
      log: silentLog,
      json,
      out: (line) => lines.push(line),
      emit: (document) => lines.push((document as { hash: string }).hash),
      signal: new AbortController().signal,
      progress: { bar() {}, status() {}, clear() {} },
      env: () => undefined,
    });
    assertEquals(lines.length, 1);
    return lines[0]!;
  }
}

Deno.test("the first line of a pipe becomes a hash, and nothing is shown", async () => {
  for (const text of ["sécret", "sécret\n", "sécret\r\nanother\n"]) {
    const pipe = new Input(text, false);
    assert(await isPassword("sécret", await pipe.hash(text.length > 7)));
    assertEquals([pipe.shown, pipe.raw], [[], []]);
  }
});

Deno.test("on a terminal it is typed twice, unseen, and can be mended", async () => {
  const terminal = new Input("séx\x7f\x7fecret\rsecret\n", true);
  assert(await isPassword("secret", await terminal.hash()));
  assertEquals(terminal.shown, ["Password: ", "\n", "Once more: ", "\n"]);
  assertEquals(terminal.raw, [true, false, true, false]);
});

Deno.test("two that differ, an empty one, one too long and an interruption are refused", async () => {
  for (
    const [text, isTerminal] of [
      ["one\rtwo\r", true],
      ["\r", true],
      ["\n", false],
      ["", false],
      ["se\x03", true],
      ["x".repeat(SECRET_LINE_BYTES_MAX + 1), false],
    ] as const
  ) {
    const input = new Input(text, isTerminal);
    const error = await assertRejects(() => input.hash(), AlluviumError);
    assertEquals(error.code, "usage");
    assertEquals(input.raw.at(-1) ?? false, false);
  }
});

Deno.test("an abort ends the waiting", async () => {
  const end = new AbortController();
  const input = standardInput({
    isTerminal: () => true,
    setRaw() {},
    read: () => new Promise(() => {}),
  }, () => {});
  const reading = input.read("", end.signal);
  end.abort(new Error("over"));
  await assertRejects(() => reading, Error, "over");
});
