/**
 * What machines do to their clocks, and what the station's time makes of it.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { CLOCK_STEP_MS } from "../../lib/limits.ts";
import { ClockOffset } from "../../lib/schedule/mod.ts";

const HOUR = 3_600_000;
const START = Date.UTC(2026, 10, 22, 20);

/** A machine whose clock is what the test makes of it, and servers that are right. */
class Machine {
  trueMs = START;
  monotonicMs = 0;
  /** What the machine's clock is ahead of the truth. */
  aheadMs = 0;
  /** How much faster it runs, e.g. 1e-4. */
  rate = 0;
  readonly offset = new ClockOffset();

  get nowMs(): number {
    return this.trueMs + this.aheadMs;
  }

  /** By how much the station's time is off. */
  look(): number {
    this.offset.handleClock(this.nowMs, this.monotonicMs);
    return this.nowMs + this.offset.offsetMs - this.trueMs;
  }

  pass(ms: number): void {
    this.trueMs += ms;
    this.monotonicMs += ms * (1 + this.rate);
    this.aheadMs += ms * this.rate;
  }

  /** The lid is closed: the monotonic clock stands still. */
  sleep(ms: number): void {
    this.trueMs += ms;
    this.aheadMs += ms * this.rate;
  }

  /** Asks a server, by a `Date` header, with 80 ms of way. */
  ask(): void {
    const sentMs = this.nowMs;
    this.pass(40);
    const serverMs = Math.floor(this.trueMs / 1000) * 1000;
    this.pass(40);
    this.offset.handleSample({
      kind: "date",
      serverMs,
      sentMs,
      receivedMs: this.nowMs,
    });
  }
}

Deno.test("a clock that runs 100 ppm fast is never a second off, for a week", () => {
  for (const everyMs of [60_000, 5 * 60_000, 15 * 60_000]) {
    for (const rate of [1e-4, -1e-4]) {
      const machine = new Machine();
      machine.rate = rate;
      machine.ask();
      let worst = 0;
      for (let ms = 0; ms < 168 * HOUR; ms += everyMs) {
        // Not in step with whole seconds.
        machine.pass(everyMs + (ms * 7919) % 997);
        worst = Math.max(worst, Math.abs(machine.look()));
        machine.ask();
      }
      assert(worst < 1000, `${worst} ms at ${everyMs}`);
    }
  }
});

Deno.test("a clock that is set back by hours does not make the station play again", () => {
  const machine = new Machine();
  machine.ask();
  for (let i = 0; i < 20; i++) {
    machine.pass(500);
    machine.look();
  }
  machine.aheadMs -= 3 * HOUR;
  machine.pass(50);
  assert(Math.abs(machine.look()) <= 600);
  assertEquals(machine.offset.errorMs, Infinity);
  machine.ask();
  assert(Math.abs(machine.look()) <= 600);
});

Deno.test("after a sleep the clock is right at once", () => {
  const machine = new Machine();
  machine.ask();
  machine.pass(500);
  machine.look();
  const before = machine.look();
  machine.sleep(9 * HOUR);
  assertEquals(machine.look(), before);
});

Deno.test("a clock that is set forward by hours is right again with the next answer", () => {
  const machine = new Machine();
  machine.ask();
  machine.pass(500);
  machine.look();
  machine.aheadMs += 2 * HOUR;
  machine.pass(50);
  const told = machine.offset.handleClock(machine.nowMs, machine.monotonicMs);
  assertEquals(told, true);
  machine.ask();
  assert(Math.abs(machine.look()) <= 600);
});

Deno.test("a leap second, and a clock that is slewed, are no steps", () => {
  const machine = new Machine();
  machine.ask();
  machine.look();
  machine.aheadMs -= 1000; // The second that Unix counts twice.
  machine.pass(50);
  const told = machine.offset.handleClock(machine.nowMs, machine.monotonicMs);
  assertEquals(told, false);
  machine.aheadMs -= CLOCK_STEP_MS;
  assertEquals(
    machine.offset.handleClock(machine.nowMs, machine.monotonicMs),
    true,
  );
});
