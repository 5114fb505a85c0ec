import { assertEquals } from "@std/assert";
import { Company } from "../../lib/swarm/company.ts";
import { contentOf, linkTo, sample, START_MS } from "./support.ts";

Deno.test("while a whole file comes who is slow is waited for, and nobody who promises nothing", () => {
  const gives = (capacity: number, deliveredMs: number) => {
    const content = contentOf(sample(10));
    content.bulk = true;
    const link = linkTo(1, content);
    link.delivered(deliveredMs);
    link.announce(content, 0, 10);
    link.capacity = capacity;
    link.snub({ content, from: 0 }, START_MS);
    const company = new Company(content, [link], START_MS);
    return company.gives({ from: 0, until: 1, deadlineMs: Infinity });
  };
  assertEquals(gives(1, START_MS - 4_999), true);
  assertEquals(
    gives(1, START_MS - 5_000),
    false,
    "it is not waited for longer",
  );
  assertEquals(gives(0, START_MS - 4_999), false);
});
