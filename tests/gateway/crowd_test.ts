import { assert, assertEquals, assertThrows } from "@std/assert";
import { AlluviumError } from "../../lib/errors.ts";
import { Crowd } from "../../lib/gateway/crowd.ts";
import {
  GATEWAY_LOOK_UPS_BURST,
  GATEWAY_LOOK_UPS_PER_MINUTE,
  GATEWAY_MESSAGES_BURST,
  GATEWAY_MESSAGES_PER_NETWORK,
  GATEWAY_MESSAGES_PER_SECOND,
  GATEWAY_NETWORKS_MAX,
  GATEWAY_SESSIONS_PER_ADDRESS_MAX,
  GATEWAY_SESSIONS_PER_NETWORK_MAX,
} from "../../lib/limits.ts";
import { FakeClock } from "../support/fakeclock.ts";

Deno.test("one address has its share of sockets and no more, and gets it back", () => {
  const crowd = new Crowd(new FakeClock());
  for (let i = 0; i < GATEWAY_SESSIONS_PER_ADDRESS_MAX; i++) {
    assertEquals(crowd.hasSeat("8.8.8.8"), true);
    crowd.sit("8.8.8.8");
  }
  assertEquals(crowd.hasSeat("8.8.8.8"), false);
  assertEquals(crowd.hasSeat("8.8.8.9"), true);
  crowd.rise("8.8.8.8");
  assertEquals(crowd.hasSeat("8.8.8.8"), true);
});

Deno.test("all addresses of one network have no more than their share together", () => {
  const crowd = new Crowd(new FakeClock());
  for (let i = 0; i < GATEWAY_SESSIONS_PER_NETWORK_MAX; i++) {
    crowd.sit(`2606:2800:220:${i.toString(16)}::1`);
  }
  assertEquals(crowd.hasSeat("2606:2800:220:ffff::1"), false);
  assertEquals(crowd.hasSeat("2606:2800:221::1"), true);
});

Deno.test("all sockets of one address pay from one purse, and those of one network from another", () => {
  const crowd = new Crowd(new FakeClock());
  const [own, network] = crowd.sit("8.8.8.8");
  assertEquals(crowd.sit("8.8.8.8"), [own!, network!]);
  const [other, same] = crowd.sit("8.8.8.9");
  assertEquals([other === own, same === network], [false, true]);
  for (let i = 0; i < GATEWAY_MESSAGES_BURST; i++) assertEquals(own!.pay(0), 0);
  assertEquals(own!.pay(0), 1000 / GATEWAY_MESSAGES_PER_SECOND);
  assertEquals(own!.pay(1000), 0);
  for (let i = 0; i < GATEWAY_MESSAGES_PER_NETWORK; i++) network!.pay(0);
  assert(network!.pay(0) > 0);
  const [loopback] = crowd.sit("127.0.0.1");
  assert(crowd.sit("127.0.0.1")[0] !== loopback, "each its own");
});

Deno.test("who comes through a tunnel is counted like everyone", () => {
  const crowd = new Crowd(new FakeClock());
  for (const address of ["2002:808:808::1", "2001:0:808:808::1"]) {
    for (let i = 0; i < GATEWAY_SESSIONS_PER_ADDRESS_MAX; i++) {
      crowd.sit(address);
    }
    assertEquals(crowd.hasSeat(address), false);
  }
});

Deno.test("this machine and private networks are not counted", () => {
  const crowd = new Crowd(new FakeClock());
  for (const address of ["127.0.0.1", "::1", "192.168.1.2", "fd00::1"]) {
    for (let i = 0; i <= GATEWAY_SESSIONS_PER_NETWORK_MAX; i++) {
      crowd.sit(address);
      crowd.lookUp(address);
    }
    assertEquals(crowd.hasSeat(address), true);
  }
});

Deno.test("look-ups of one network run out, and come back with time", async () => {
  const clock = new FakeClock();
  const crowd = new Crowd(clock);
  for (let i = 0; i < GATEWAY_LOOK_UPS_BURST; i++) crowd.lookUp(`8.8.8.${i}`);
  const error = assertThrows(() => crowd.lookUp("8.8.8.255"), AlluviumError);
  assertEquals(error.code, "too-many-requests");
  crowd.lookUp("8.8.9.1");
  await clock.advance(60_000);
  for (let i = 0; i < GATEWAY_LOOK_UPS_PER_MINUTE; i++) crowd.lookUp("8.8.8.8");
  assertThrows(() => crowd.lookUp("8.8.8.8"), AlluviumError);
});

Deno.test("a look-up that makes more work is charged for more", () => {
  const crowd = new Crowd(new FakeClock());
  crowd.lookUp("8.8.8.8", GATEWAY_LOOK_UPS_BURST - 1);
  assertThrows(() => crowd.lookUp("8.8.8.9", 2), AlluviumError);
  crowd.lookUp("8.8.8.9");
  assertThrows(() => crowd.lookUp("8.8.8.9"), AlluviumError);
});

Deno.test("no more networks are remembered than the limit", () => {
  const crowd = new Crowd(new FakeClock());
  for (let i = 0; i <= GATEWAY_NETWORKS_MAX; i++) {
    crowd.lookUp(`8.${i >> 8}.${i & 255}.1`);
  }
  assertEquals(crowd.networks, GATEWAY_NETWORKS_MAX);
});
