import { assert, assertEquals } from "@std/assert";
import { LEAF_BYTES } from "../../lib/hashtree/geometry.ts";
import type { Content } from "../../lib/swarm/content.ts";
import { Planning } from "../../lib/swarm/planning.ts";
import { contentOf, sample, START_MS } from "./support.ts";

/** Playing from a leaf on, a leaf a second, and planned just now. */
function planned(content: Content) {
  const planning = new Planning();
  planning.watch(content);
  assert(planning.isDue(START_MS));
  content.plannedMs = START_MS;
  planning.planned([content], START_MS);
  return planning;
}

function playing(): Content {
  const content = contentOf(sample(40));
  content.playhead = { offset: 0, atMs: START_MS, bytesPerSecond: LEAF_BYTES };
  return content;
}

Deno.test("Planning is due a step later where nothing presses", () => {
  const content = playing();
  content.held.add(0, 20);
  const planning = planned(content);
  assertEquals(planning.nextMs([content], START_MS), START_MS + 250);
  assert(!planning.isDue(START_MS + 99));
  assertEquals(planning.nextMs([content], START_MS + 50), START_MS + 100);
  assert(planning.isDue(START_MS + 100));
});

Deno.test("Planning is due whenever something comes in while something presses", () => {
  assert(planned(playing()).isDue(START_MS));
  const bulk = contentOf(sample(40));
  bulk.bulk = true;
  assert(planned(bulk).isDue(START_MS));
});

Deno.test("Planning is due when something begins to press within the step", () => {
  const content = playing();
  content.held.add(0, 6);
  content.playhead = { ...content.playhead!, atMs: START_MS + 40 };
  const planning = planned(content);
  assert(!planning.isDue(START_MS + 39));
  assert(planning.isDue(START_MS + 41));
});

Deno.test("Planning is due once what is wanted or held has changed", () => {
  const changes: ((content: Content) => void)[] = [
    (content) => content.playhead = undefined,
    (content) => content.bulk = true,
    (content) => content.demand(30, 31, START_MS),
    (content) => content.endDemand(30, 31),
    (content) => content.changed(),
  ];
  for (const change of changes) {
    const content = playing();
    content.held.add(0, 20);
    const planning = planned(content);
    assert(!planning.isDue(START_MS + 1));
    change(content);
    assert(planning.isDue(START_MS + 1));
  }
});

Deno.test("Planning of what is not wanted is due when the first request runs out", () => {
  const content = contentOf(sample(40));
  const request = { from: 0, until: 1, link: 1, askedMs: 0, urgent: false };
  content.requests.set(0, { ...request, dueMs: START_MS + 700 });
  const planning = planned(content);
  assert(!planning.isDue(START_MS + 699));
  assertEquals(planning.nextMs([content], START_MS + 1), START_MS + 700);
  assertEquals(planned(contentOf(sample(40))).nextMs([], START_MS), Infinity);
});
