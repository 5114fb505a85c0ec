import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { clientAddress } from "../../lib/http/client_address.ts";
import { hostAllowList, parseAuthority } from "../../lib/http/host_policy.ts";

Deno.test("parseAuthority reads names, addresses and ports, and nothing else", () => {
  assertEquals(parseAuthority("Radio.Example:8000"), {
    host: "radio.example",
    port: 8000,
  });
  assertEquals(parseAuthority("radio.example."), { host: "radio.example" });
  assertEquals(parseAuthority("[::1]:80"), { host: "::1", port: 80 });
  assertEquals(parseAuthority("192.0.2.1"), { host: "192.0.2.1" });
  const bad = ["", ".", "a b", "a/b", "a@b", "::1", "a:", "a:0", "a:65536"];
  for (const text of [...bad, "a:1:2", "[::1", "ä.example", "a\n"]) {
    assertEquals(parseAuthority(text), undefined, text);
  }
});

Deno.test("the allow-list knows loopback, the machine, the address dialled and extras", () => {
  const policy = hostAllowList({
    machineName: "Studio.lan",
    extra: ["radio.example:8000", "2001:db8::5"],
  });
  const known = ["localhost", "x.localhost", "127.0.0.1", "127.8.9.1", "::1"];
  const more = ["studio.lan", "studio.local", "radio.example", "2001:db8::5"];
  for (const host of [...known, ...more, "192.0.2.7"]) {
    assert(policy.allows(host, "::ffff:192.0.2.7"), host);
  }
  const strange = ["evil.example", "localhost.evil.example", "192.0.2.8"];
  for (const host of [...strange, "127.0.0.1.evil.example", "studio"]) {
    assert(!policy.allows(host, "192.0.2.7"), host);
  }
});

Deno.test("the allow-list never lets a name pass that it was not told", () => {
  const policy = hostAllowList({ extra: ["radio.example"] });
  fc.assert(fc.property(fc.domain(), (name) => {
    fc.pre(name !== "radio.example" && !name.endsWith("localhost"));
    assert(!policy.allows(name.toLowerCase(), "127.0.0.1"));
  }));
});

Deno.test("a trusted proxy tells the client's address, a stranger does not", () => {
  const trusted = (address: string) => address.startsWith("10.");
  const ask = (peer: string, header?: string) =>
    clientAddress(peer, header, trusted);
  assertEquals(ask("192.0.2.1", "198.51.100.9"), "192.0.2.1");
  assertEquals(ask("::ffff:10.0.0.1", "198.51.100.9"), "198.51.100.9");
  assertEquals(
    ask("10.0.0.1", "1.1.1.1, 198.51.100.9, 10.0.0.2"),
    "198.51.100.9",
  );
  assertEquals(ask("10.0.0.1", "[2001:db8::1]:80"), "2001:db8::1");
  assertEquals(ask("10.0.0.1", "2001:db8::1"), "2001:db8::1");
  // From the right end: whatever a client writes to the left of it counts for nothing.
  assertEquals(ask("10.0.0.1", "10.0.0.3, 198.51.100.9"), "198.51.100.9");
  const nonsense = [undefined, "", "unknown", "<script>", ","];
  const nearly = ["999.1.1.1", "1.2", "127.1", "1.2.3.4.5", "::g", "1:2"];
  for (const header of [...nonsense, ...nearly]) {
    assertEquals(ask("10.0.0.1", header), "10.0.0.1", header);
  }
});
