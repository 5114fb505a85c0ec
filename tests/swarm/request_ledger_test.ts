import { assertEquals } from "@std/assert";
import { LEAF_BYTES } from "../../lib/hashtree/geometry.ts";
import { RequestLedger } from "../../lib/swarm/request_ledger.ts";
import {
  contentOf,
  emptyLinkTable,
  openBoth,
  sample,
  START_MS,
} from "./support.ts";

const FILE = sample(40);

/** A peer that promises so much a second is asked for the first leaf, which plays in `slackMs`; a leaf is a second long. */
function owed(slackMs: number, capacity: number) {
  const content = contentOf(FILE);
  const atMs = START_MS + slackMs;
  content.playhead = { offset: 0, atMs, bytesPerSecond: LEAF_BYTES };
  const links = emptyLinkTable();
  const link = links.add(1, { outgoing: true, lan: false }, START_MS)!;
  link.capacity = capacity;
  openBoth(link, content);
  const ledger = new RequestLedger(links, () => {});
  const run = { from: 0, until: 1, deadlineMs: atMs };
  ledger.ask({ link, content, run }, START_MS);
  return { content, ledger };
}

Deno.test("a peer may take four times what it promises, but leaves a second of the time to play, and has twice that however late it is", () => {
  const rows = [
    [10_000, 10 * LEAF_BYTES, 1_500, "it is never hurried more"],
    [10_000, LEAF_BYTES, 4_000, "four times a second"],
    [4_000, LEAF_BYTES, 3_000, "then it plays within a second"],
    [0, LEAF_BYTES, 2_000, "it is late already"],
    [0, LEAF_BYTES / 4, 2_500, "nobody is waited for longer"],
  ] as const;
  for (const [slackMs, capacity, patienceMs, why] of rows) {
    const { content } = owed(slackMs, capacity);
    assertEquals(content.requests.get(0)?.dueMs, START_MS + patienceMs, why);
  }
});

Deno.test("where uplinks are scarce the last second before it plays is the origin's, if it is not late already", () => {
  const rows = [
    [1_700, true, 600, true, "time to play is left"],
    [1_700, true, 800, false, "less than a second"],
    [1_700, false, 800, true, "peers will send it"],
    [900, true, 400, true, "it was asked just now"],
    [900, true, 1_000, true, "it is heard as a gap: whoever is quicker"],
  ] as const;
  for (const [slackMs, scarce, afterMs, owes, why] of rows) {
    const { content, ledger } = owed(slackMs, LEAF_BYTES);
    content.scarce = scarce;
    ledger.expire(content, START_MS + afterMs);
    assertEquals(content.requests.has(0), owes, why);
  }
});
