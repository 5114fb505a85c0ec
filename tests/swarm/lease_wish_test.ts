import { assert, assertEquals } from "@std/assert";
import { LEAF_BYTES } from "../../lib/hashtree/geometry.ts";
import { Lab } from "./lab.ts";
import { bring, FILE, play } from "./origin_bench.ts";
import { type SampleFile, URL_OF_FILE } from "./support.ts";

Deno.test("nothing of what plays later presses; of a whole file nothing until nothing comes", () => {
  const lab = new Lab();
  const content = play(lab);
  content.playhead!.atMs += 10_000;
  const pressing = () => lab.did("lease").at(-1)?.pressing;
  lab.run(300);
  assertEquals(pressing(), 0);
  lab.run(8_000);
  assertEquals(pressing(), 2, "what plays in two and three seconds");
  content.bulk = true;
  content.moved(lab.nowMs);
  lab.run(2_000);
  assertEquals(pressing(), 0);
  lab.run(2_500);
  assertEquals(pressing(), content.leaves);
});

/** Leases asked for by one who is always told to wait, of a file that plays a leaf a second from `inMs` on. */
function waitFor(inMs: number, forMs: number) {
  const lab = new Lab();
  const content = play(lab);
  lab.peer(1).offers(FILE, 0, 0);
  content.playhead!.atMs += inMs;
  for (let ms = 0, told = 0; ms < forMs; ms += 100) {
    lab.run(100);
    if (lab.did("lease").length === told) continue;
    told = lab.did("lease").length;
    lab.engine.handleWait(content, lab.nowMs + 300);
  }
  return lab.did("lease");
}

Deno.test("told to wait for what plays much later, it is asked for from another chunk on, lest its holder be doubted", () => {
  const turns = (inMs: number, forMs: number) =>
    new Set(waitFor(inMs, forMs).map(({ from }) => from)).size;
  assert(turns(50_000, 25_000) > 1);
  assertEquals(turns(2_000, 1_000), 1, "what presses");
});

Deno.test("told to wait for what plays soon, a listener asks for its share of what plays later, and for no more than that", () => {
  const leases = waitFor(8_000, 4_000);
  const [soon, later] = [leases[0]!, leases[1]!];
  assertEquals([soon.from, soon.until], [0, 7], "what plays within 15 s");
  assert(later.from >= 8, `${later.from}`);
  assertEquals(later.until, later.from + 4);
});

/** Grants and brings all that is asked for, for so long. */
function grantAll(lab: Lab, file: SampleFile, forMs: number): void {
  let served = lab.did("lease").length;
  for (let ms = 0; ms < forMs; ms += 100) {
    lab.run(100);
    const wishes = lab.did("lease").slice(served);
    served += wishes.length;
    for (const { content, from, until, chunks } of wishes) {
      const end = Math.min(until, from + chunks);
      lab.engine.handleLease(content, {
        from,
        until: end,
        source: URL_OF_FILE,
      });
      lab.run();
      bring(lab, end, file);
    }
  }
}

Deno.test("a listener takes no more of what does not press than it can pass on", () => {
  const taken = [LEAF_BYTES, Infinity].map((uploadBytesPerSecond) => {
    const lab = new Lab({ uploadBytesPerSecond });
    const content = play(lab);
    grantAll(lab, FILE, 2_000);
    return content.held.count;
  });
  assert(taken[0]! >= 5 && taken[0]! <= 10, `${taken[0]} by the slow one`);
  assert(taken[1]! >= 15, `${taken[1]} by the quick one`);
});

Deno.test("of a whole file the slower ones leave it to the quicker while these tell of more", () => {
  const lab = new Lab({ uploadBytesPerSecond: LEAF_BYTES });
  const content = lab.open(FILE);
  const ann = lab.peer(1, false, 100 * LEAF_BYTES);
  ann.offers(FILE);
  for (let leaf = 59; leaf > 49; leaf--) {
    ann.has(leaf, leaf + 1);
    grantAll(lab, FILE, 500);
  }
  const { count } = content.held;
  assert(count >= 4 && count <= 7, `${count} in five seconds`);
  grantAll(lab, FILE, 2_000);
  assert(content.held.count > count + 9, "they tell of nothing more");
});

Deno.test("a lone listener stays 15 s ahead; among others the lead grows", () => {
  const leads = [false, true].map((company) => {
    const lab = new Lab();
    const content = play(lab);
    lab.engine.addHeld(content, 0, 35, lab.nowMs);
    if (company) lab.peer(1, false, 0).offers(FILE);
    lab.run(20_000);
    return lab.did("lease").map(({ until }) => until - 20);
  });
  const [alone, among] = leads.map((ms) => Math.max(...ms)) as [number, number];
  assertEquals(alone, 16);
  assert(among > alone, `${among}`);
});
