import { assert, assertEquals } from "@std/assert";
import {
  isAt,
  namedAnew,
  type PeerAddress,
  placesOf,
} from "../../lib/swarm/places.ts";
import { idOf } from "./support.ts";

const id = idOf(1);
const port = 7160;
const FAR_4 = { host: "8.8.4.4", port };
const FAR_6 = { host: "2a00:1450::1", port };
const NEAR_4 = { host: "192.168.1.7", port };
const NEAR_6 = { host: "fd00::7", port };
const named = (known: PeerAddress | undefined, peer: PeerAddress) =>
  placesOf(namedAnew(known, peer));

Deno.test("IPv6 goes before IPv4, in whatever order a gateway names them", () => {
  for (const [first, also] of [[FAR_4, FAR_6], [FAR_6, FAR_4]] as const) {
    assertEquals(named(undefined, { id, ...first, also }), [FAR_6, FAR_4]);
  }
  assertEquals(named(undefined, { id, ...FAR_4 }), [FAR_4]);
});

Deno.test("a place on this network goes before one of the world, and outlives being named elsewhere", () => {
  const met = { id, ...NEAR_4 };
  const everywhere = { id, ...FAR_4, also: FAR_6 };
  assertEquals(named(met, everywhere), [NEAR_4, FAR_6]);
  assertEquals(named(namedAnew(met, everywhere), everywhere), [NEAR_4, FAR_6]);
  assertEquals(named(met, { id, ...NEAR_6 }), [NEAR_6, NEAR_4]);
  const link = { host: "fe80::7%2", port };
  assertEquals(
    named({ id, ...link }, met),
    [NEAR_4, link],
    "with an interface",
  );
  assertEquals(named({ id, ...link }, { id, ...FAR_6 }), [link, FAR_6]);
  assertEquals(named({ id, ...FAR_4 }, { id, ...FAR_6 }), [FAR_6]);
});

Deno.test("a second place where nobody can be is left out, whatever it is made of", () => {
  const odd = [
    { host: "0.0.0.0", port },
    { host: "8.8.8.8", port: 80 },
    { host: "fe80::1", port },
    { host: "fe80::1%2", port },
    { host: "radio.example", port },
    FAR_4,
    "nonsense",
    7,
    null,
    {},
  ];
  for (const also of odd) {
    const peer = { id, ...FAR_4, also } as PeerAddress;
    assertEquals(named(undefined, peer), [FAR_4], JSON.stringify(also));
  }
});

Deno.test("isAt() knows both places and no other", () => {
  const peer = { id, ...FAR_4, also: FAR_6 };
  assert(isAt(peer, FAR_4) && isAt(peer, FAR_6));
  assert(!isAt(peer, { ...FAR_6, port: 7161 }) && !isAt(peer, NEAR_4));
});
