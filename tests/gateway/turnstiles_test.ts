import { assertEquals, assertRejects } from "@std/assert";
import { AlluviumError } from "../../lib/errors.ts";
import { Failures } from "../../lib/gateway/failures.ts";
import { JobQueue } from "../../lib/gateway/job_queue.ts";
import { GATEWAY_FAILURE_MS, GATEWAY_FAILURES_MAX } from "../../lib/limits.ts";

Deno.test("JobQueue lets so many in, so many wait, and refuses the rest", async () => {
  const queue = new JobQueue(2, 1);
  const first = await queue.enter();
  await queue.enter();
  const third = queue.enter();
  assertEquals([queue.running, queue.waiting], [2, 1]);
  const error = await assertRejects(() => queue.enter(), AlluviumError);
  assertEquals(error.code, "busy");
  first();
  first();
  const leave = await third;
  assertEquals([queue.running, queue.waiting], [2, 0]);
  leave();
  assertEquals(queue.running, 1);
});

Deno.test("Failures remembers for a while, and so many", () => {
  const failures = new Failures();
  const error = new AlluviumError("media-unreachable", "Cannot");
  failures.add("a", error, 0);
  assertEquals(failures.of("a", GATEWAY_FAILURE_MS - 1), error);
  assertEquals(failures.of("a", GATEWAY_FAILURE_MS), undefined);
  for (let i = 0; i <= GATEWAY_FAILURES_MAX; i++) {
    failures.add(`${i}`, error, 0);
  }
  assertEquals(failures.size, GATEWAY_FAILURES_MAX);
  assertEquals(failures.of("0", 0), undefined);
  assertEquals(failures.of("1", 0), error);
});
