import { assertEquals, assertRejects } from "@std/assert";
import { AlluviumError } from "../../lib/errors.ts";
import { Failures } from "../../lib/gateway/failures.ts";
import { JobQueue } from "../../lib/gateway/job_queue.ts";
import { GATEWAY_FAILURE_MS, GATEWAY_FAILURES_MAX } from "../../lib/limits.ts";

Deno.test("JobQueue lets so many in, so many wait, and refuses the rest", async () => {
  const queue = new JobQueue({ runningMax: 2, waitingMax: 1 });
  const first = await queue.enter();
  await queue.enter();
  const third = queue.enter();
  assertEquals([queue.running, queue.waiting], [2, 1]);
  const error = await assertRejects(() => queue.enter(), AlluviumError);
  assertEquals(error.code, "busy");
  assertEquals(first.makeWay(), false, "nobody may go on beside the others");
  first.end();
  first.end();
  const turn = await third;
  assertEquals([queue.running, queue.waiting], [2, 0]);
  turn.end();
  assertEquals(queue.running, 1);
});

Deno.test("a job in a JobQueue makes way for those that wait, and so many go on beside them", async () => {
  const queue = new JobQueue({ runningMax: 1, waitingMax: 9, asideMax: 1 });
  const first = await queue.enter();
  assertEquals(first.makeWay(), false, "nobody waits");
  const waiting = [queue.enter(), queue.enter()] as const;
  assertEquals(first.makeWay(), true);
  const second = await waiting[0];
  assertEquals([queue.running, queue.waiting], [2, 1]);
  assertEquals(second.makeWay(), false, "one is aside already");
  first.end();
  assertEquals([queue.running, queue.waiting], [1, 1]);
  assertEquals(second.makeWay(), true);
  (await waiting[1]).end();
  second.end();
  assertEquals([queue.running, queue.waiting], [0, 0]);
});

Deno.test("one owner has so many jobs in a JobQueue, running or waiting", async () => {
  const queue = new JobQueue({ runningMax: 1, waitingMax: 9, perOwnerMax: 2 });
  const first = await queue.enter("a");
  const second = queue.enter("a");
  const error = await assertRejects(() => queue.enter("a"), AlluviumError);
  assertEquals(error.code, "too-many-requests");
  const others = [queue.enter("b"), queue.enter(), queue.enter()];
  first.end();
  (await second).end();
  others.push(queue.enter("a"));
  for (const other of others) (await other).end();
  assertEquals([queue.running, queue.waiting], [0, 0]);
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
