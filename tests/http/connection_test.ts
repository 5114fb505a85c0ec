import { assertEquals } from "@std/assert";
import { EventEmitter } from "node:events";
import type { Socket } from "node:net";
import { addressBlock, ConnectionTable } from "../../lib/http/connection.ts";
import { HTTP_CONNECTIONS_PER_ADDRESS_MAX } from "../../lib/limits.ts";
import { FakeClock } from "../support/fakeclock.ts";

/** As much of a socket as the table touches. */
class FakeSocket extends EventEmitter {
  destroyed = false;
  written = "";
  constructor(readonly remoteAddress: string) {
    super();
  }
  write(text: string): void {
    this.written += text;
  }
  destroySoon(): void {
    this.destroyed = true;
    this.emit("close");
  }
}

Deno.test("one address gets its share and no more, and has it back when it closes", () => {
  const clock = new FakeClock();
  const table = new ConnectionTable(clock);
  const add = (address: string) => {
    const socket = new FakeSocket(address);
    const entered = table.add(socket as unknown as Socket) !== undefined;
    return { socket, entered };
  };
  const first = add("2001:db8::1");
  for (let i = 2; i <= HTTP_CONNECTIONS_PER_ADDRESS_MAX; i++) {
    assertEquals(add(`2001:db8::${i.toString(16)}`).entered, true);
  }
  const refused = add("2001:db8:0:0:ffff::1");
  assertEquals(refused.entered, false);
  assertEquals(refused.socket.written.slice(0, 13), "HTTP/1.1 503 ");
  assertEquals(add("2001:db8:0:1::1").entered, true);
  first.socket.destroySoon();
  assertEquals(add("2001:db8::1").entered, true);
  for (let i = 0; i < 300; i++) assertEquals(add("127.0.0.1").entered, true);
});

Deno.test("a trusted proxy brings many clients and is not counted as one", () => {
  const trusted = (address: string) => address === "192.0.2.9";
  const table = new ConnectionTable(new FakeClock(), {}, trusted);
  const enters = (address: string) =>
    table.add(new FakeSocket(address) as unknown as Socket) !== undefined;
  for (let i = 0; i <= HTTP_CONNECTIONS_PER_ADDRESS_MAX; i++) {
    assertEquals(enters("192.0.2.9"), true);
  }
  for (let i = 0; i < HTTP_CONNECTIONS_PER_ADDRESS_MAX; i++) {
    enters("192.0.2.8");
  }
  assertEquals(enters("192.0.2.8"), false);
  for (const { socket } of table.all()) socket.destroySoon();
});

Deno.test("an address block is an IPv4 address or an IPv6 /64, and loopback is none", () => {
  assertEquals(addressBlock("192.0.2.1"), "192.0.2.1");
  assertEquals(addressBlock("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2");
  assertEquals(addressBlock("2001:db8::"), "2001:db8:0:0");
  assertEquals(addressBlock("::2"), "0:0:0:0");
  assertEquals(addressBlock("127.0.0.1"), undefined);
  assertEquals(addressBlock("::1"), undefined);
  assertEquals(addressBlock("::ffff:127.0.0.1"), undefined);
});
