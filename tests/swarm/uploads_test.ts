import { assert, assertEquals } from "@std/assert";
import { LEAF_BYTES } from "../../lib/hashtree/geometry.ts";
import { DATA_LEAVES_MAX, UPLOAD_QUEUE_MAX } from "../../lib/limits.ts";
import type { Link } from "../../lib/swarm/link.ts";
import { Uploads } from "../../lib/swarm/uploads.ts";
import { contentOf, linkTo, sample, START_MS } from "./support.ts";

const CONTENT = contentOf(sample(64));

function ask(
  uploads: Uploads,
  link: Link,
  from: number,
  count: number,
  inMs: number,
): boolean {
  const deadlineMs = START_MS + inMs;
  const until = from + count;
  return uploads.add({ link, content: CONTENT, from, until, deadlineMs });
}

Deno.test("Uploads sends the earliest deadline first, whoever asked first", () => {
  const uploads = new Uploads(Infinity);
  const [a, b, c] = [1, 2, 3].map((id) => linkTo(id, CONTENT)) as [
    Link,
    Link,
    Link,
  ];
  ask(uploads, a, 0, 1, 9000);
  ask(uploads, b, 1, 1, 1000);
  ask(uploads, c, 2, 1, 5000);
  assertEquals(uploads.next(START_MS)?.link, b);
  assertEquals(uploads.next(START_MS)?.link, c);
  assertEquals(uploads.next(START_MS), undefined, "two at a time");
  uploads.sent(b);
  assertEquals(uploads.next(START_MS)?.link, a);
});

Deno.test("Uploads sends first what fewest hold, among the equally urgent", () => {
  const content = contentOf(sample(64));
  const links = [1, 2, 3].map((id) => linkTo(id, content));
  links[2]!.announce(content, 0, 1);
  // Somebody waits already; it presses; it is urgent; it plays soon; later.
  const classes = [
    [0, 400],
    [1000, 2900],
    [3100, 5900],
    [7000, 14_000],
    [16_000, Infinity],
  ] as const;
  for (const [first, second] of classes) {
    const uploads = new Uploads(Infinity);
    links.forEach((link, i) => {
      const times = { deadlineMs: START_MS + (i === 0 ? first : second) };
      uploads.add({ link, content, from: i, until: i + 1, ...times });
    });
    assertEquals(uploads.next(START_MS)?.link, links[1]);
    for (const link of links) uploads.cancel(link, content, 0, 64);
  }
});

Deno.test("Uploads sends first what somebody waits for, then what plays within seconds, whoever holds it", () => {
  const content = contentOf(sample(64));
  const links = [1, 2, 3, 4, 5].map((id) => linkTo(id, content));
  // The sooner it plays, the more hold it.
  links.slice(1).forEach((link, i) => link.announce(content, 4 - i, 5));
  const uploads = new Uploads(Infinity);
  [20_000, 8000, 5000, 2000, 100].forEach((inMs, i) => {
    const [link, deadlineMs] = [links[i]!, START_MS + inMs];
    uploads.add({ link, content, from: i, until: i + 1, deadlineMs });
  });
  const order: number[] = [];
  for (let i = 0; i < 5; i++) {
    const piece = uploads.next(START_MS)!;
    order.push(piece.from);
    uploads.sent(piece.link);
  }
  assertEquals(order, [4, 3, 2, 1, 0]);
});

Deno.test("Uploads cuts a long request into pieces, between which an urgent one goes", () => {
  const uploads = new Uploads(Infinity);
  const [a, b] = [linkTo(1, CONTENT), linkTo(2, CONTENT)];
  ask(uploads, a, 0, 10, 9000);
  const first = uploads.next(START_MS)!;
  assertEquals([first.from, first.until], [0, DATA_LEAVES_MAX]);
  assertEquals(uploads.next(START_MS), undefined, "one piece a link");
  ask(uploads, a, 20, 1, 0);
  uploads.sent(a);
  assertEquals(uploads.next(START_MS)?.from, 20);
  uploads.sent(a);
  assertEquals(uploads.next(START_MS)?.from, DATA_LEAVES_MAX);
  assertEquals(uploads.queueBytes(START_MS), 0, "nothing urgent");
  ask(uploads, b, 30, 3, 5000);
  assertEquals(uploads.queueBytes(START_MS), 3 * LEAF_BYTES);
});

Deno.test("Uploads refuses what goes over UPLOAD_QUEUE_MAX", () => {
  const uploads = new Uploads(Infinity);
  const link = linkTo(1, CONTENT);
  for (let i = 0; i < UPLOAD_QUEUE_MAX; i++) {
    assert(ask(uploads, link, i, 1, 0));
  }
  assertEquals(ask(uploads, link, 0, 1, 0), false);
});

Deno.test("Uploads keeps to its limit over time, and says when it may go on", () => {
  const uploads = new Uploads(LEAF_BYTES);
  const link = linkTo(1, CONTENT);
  const endMs = START_MS + 10_000;
  let nowMs = START_MS;
  let bytes = 0;
  let polls = 0;
  for (let leaf = 0; leaf < 32; leaf++) ask(uploads, link, leaf, 1, 0);
  while (nowMs < endMs) {
    assert(++polls < 100, "it may not turn on the spot");
    const piece = uploads.next(nowMs);
    if (piece !== undefined) {
      bytes += CONTENT.bytesOf(piece.from, piece.until);
      uploads.sent(link);
    } else nowMs = Math.max(nowMs, uploads.nextMs(nowMs));
  }
  // A second's worth saved up, and one piece that had begun.
  assert(bytes <= 12 * LEAF_BYTES, `${bytes}`);
  assert(bytes >= 10 * LEAF_BYTES, `${bytes}`);
});

Deno.test("what leaves by another way than a link leaves less for links", () => {
  const uploads = new Uploads(LEAF_BYTES);
  assertEquals(uploads.waitMs(START_MS), 0, "a second's worth is saved up");
  uploads.spend(3 * LEAF_BYTES, START_MS);
  const waitMs = uploads.waitMs(START_MS);
  assert(waitMs >= 2_000 && waitMs < 2_010, `${waitMs}`);
  ask(uploads, linkTo(1, CONTENT), 0, 1, 0);
  assertEquals(uploads.next(START_MS), undefined);
  assertEquals(uploads.nextMs(START_MS), START_MS + waitMs);
  assert(uploads.next(START_MS + waitMs) !== undefined);
  assertEquals(new Uploads(Infinity).waitMs(START_MS), 0);
});

Deno.test("what peers wait for goes before what leaves by another way", () => {
  const uploads = new Uploads(Infinity);
  const near = Object.assign(linkTo(1, CONTENT), { lan: true });
  const far = linkTo(2, CONTENT);
  ask(uploads, near, 0, 8, 9000);
  assertEquals(uploads.waitMs(START_MS), 0, "a LAN does not share the uplink");
  ask(uploads, far, 0, 8, 9000);
  assert(uploads.waitMs(START_MS) > 0);
  // A piece is on its way, and while it is not read that is all there can be.
  while (uploads.next(START_MS) !== undefined);
  assertEquals(uploads.waitMs(START_MS), 0);
});

Deno.test("Uploads does not hold peers on the local network to the limit", () => {
  const uploads = new Uploads(0);
  const far = linkTo(1, CONTENT);
  const near = Object.assign(linkTo(2, CONTENT), { lan: true });
  ask(uploads, far, 0, 1, 0);
  ask(uploads, near, 1, 1, 9000);
  assertEquals(uploads.next(START_MS)?.link, near);
  assertEquals(uploads.nextMs(START_MS), Infinity);
});

Deno.test("peers that do not read hold up nobody else", () => {
  const uploads = new Uploads(Infinity);
  const links = [1, 2, 3].map((id) => linkTo(id, CONTENT));
  for (const link of links) ask(uploads, link, 0, 1, 0);
  uploads.next(START_MS);
  uploads.next(START_MS);
  assertEquals(uploads.next(START_MS), undefined);
  const nextMs = uploads.nextMs(START_MS);
  assert(nextMs > START_MS && nextMs <= START_MS + 2000);
  assertEquals(uploads.next(nextMs)?.link, links[2]);
});

Deno.test("Uploads drops what is cancelled, and no more", () => {
  const uploads = new Uploads(Infinity);
  const link = linkTo(1, CONTENT);
  ask(uploads, link, 0, 4, 0);
  ask(uploads, link, 4, 4, 0);
  ask(uploads, link, 8, 4, 0);
  uploads.cancel(link, CONTENT, 4, 8);
  uploads.cancel(link, contentOf(sample(1)), 0, 64);
  assertEquals(link.uploads.map(({ from }) => from), [0, 8]);
});

Deno.test("Uploads of a whole file go to whom has least of it", () => {
  const content = contentOf(sample(64));
  content.bulk = true;
  const links = [1, 2].map((id) => linkTo(id, content));
  links[0]!.announce(content, 8, 20);
  links[1]!.announce(content, 8, 12);
  const uploads = new Uploads(Infinity);
  for (const [i, link] of links.entries()) {
    uploads.add({ link, content, from: i, until: i + 1, deadlineMs: Infinity });
  }
  assertEquals(uploads.next(START_MS)?.link, links[1]);
  assertEquals(uploads.next(START_MS)?.link, links[0]);
});
