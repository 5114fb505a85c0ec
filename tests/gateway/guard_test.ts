import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { AlluviumError } from "../../lib/errors.ts";
import {
  checkAddresses,
  checkUrl,
  type GuardPolicy,
} from "../../lib/gateway/guard.ts";

const STRICT: GuardPolicy = {
  allowPrivate: false,
  ownAuthorities: new Set(["gateway.example:443"]),
  ownPorts: new Set([7170]),
  ownAddresses: new Set(["203.0.114.9", "2001:4860::9", "192.168.1.10"]),
};
const HOME: GuardPolicy = { ...STRICT, allowPrivate: true };

/** What names resolve to in these tests. */
const NAMES: Record<string, string[]> = {
  "good.example": ["93.184.216.34", "2606:2800:220:1::1"],
  "home.example": ["192.168.1.5"],
  "loop.example": ["127.0.0.1"],
  "loop6.example": ["::1"],
  "mixed.example": ["93.184.216.34", "127.0.0.1"],
  "mapped.example": ["::ffff:127.0.0.1"],
  "metadata.example": ["169.254.169.254"],
  "own.example": ["203.0.114.9"],
  "own6.example": ["2001:4860::9"],
  "ownhome.example": ["192.168.1.10"],
  "zero.example": ["0.0.0.0"],
  "nothing.example": [],
};

async function verdict(url: string, policy: GuardPolicy): Promise<string> {
  try {
    const checked = checkUrl(url, policy);
    const addresses = await checkAddresses(checked, policy, (host) => {
      // A dot at the end means the same name.
      const found = NAMES[host.replace(/\.$/, "")];
      return found === undefined
        ? Promise.reject(new Error("no such name"))
        : Promise.resolve(found);
    });
    assert(addresses.length > 0);
    return "ok";
  } catch (error) {
    assert(error instanceof AlluviumError, String(error));
    return error.code;
  }
}

const NO = "url-forbidden";

/** URL, verdict in the world, verdict with --allow-private where it differs. */
const TABLE: [string, string, string?][] = [
  // Plain and good.
  ["http://good.example/a.mp3", "ok"],
  ["https://good.example/a.mp3", "ok"],
  ["HTTP://GOOD.example:80/", "ok"],
  ["https://good.example:8443/", "ok"],
  ["http://good.example:1024/", "ok"],
  ["http://93.184.216.34/", "ok"],
  ["http://[2606:2800:220:1::1]/", "ok"],
  ["http://good.example./", "ok"],
  // Not the web, or not a URL.
  ["", NO],
  ["a.mp3", NO],
  ["//good.example/a.mp3", NO],
  ["file:///etc/passwd", NO],
  ["ftp://good.example/a.mp3", NO],
  ["gopher://good.example/", NO],
  ["data:audio/mpeg;base64,AAAA", NO],
  ["blob:http://good.example/1", NO],
  ["javascript:alert(1)", NO],
  ["ws://good.example/", NO],
  ["urn:tree:sha256:00", NO],
  ["http://", NO],
  ["http:///", NO],
  // Names and passwords, which also hide the host from the eye.
  ["http://user@good.example/", NO],
  ["http://user:word@good.example/", NO],
  ["http://good.example@127.0.0.1/", NO],
  ["http://:word@good.example/", NO],
  // Other services' ports.
  ["http://good.example:22/", NO],
  ["http://good.example:25/", NO],
  ["http://good.example:1023/", NO],
  ["http://good.example:0/", NO],
  ["http://good.example:99999/", NO],
  // This machine, in every spelling.
  ["http://127.0.0.1/", NO, "ok"],
  ["http://127.1/", NO, "ok"],
  ["http://127.255.255.254/", NO, "ok"],
  ["http://2130706433/", NO, "ok"],
  ["http://0x7f000001/", NO, "ok"],
  ["http://0x7f.1/", NO, "ok"],
  ["http://0177.0.0.1/", NO, "ok"],
  ["http://%31%32%37.0.0.1/", NO, "ok"],
  ["http://①②⑦.0.0.1/", NO, "ok"],
  ["http://127。0。0。1/", NO, "ok"],
  ["http://[::1]/", NO, "ok"],
  ["http://[0:0:0:0:0:0:0:1]/", NO, "ok"],
  ["http://[::ffff:127.0.0.1]/", NO, "ok"],
  ["http://[::ffff:7f00:1]/", NO, "ok"],
  ["http://loop.example/", NO, "ok"],
  ["http://loop6.example/", NO, "ok"],
  ["http://mapped.example/", NO, "ok"],
  ["http://mixed.example/", NO, "ok"],
  // Nowhere: never, not even at home.
  ["http://0.0.0.0/", NO],
  ["http://0/", NO],
  ["http://[::]/", NO],
  ["http://zero.example/", NO],
  ["http://0.1.2.3/", NO],
  ["http://[::ffff:0.0.0.0]/", NO],
  // Private networks.
  ["http://10.0.0.1/", NO, "ok"],
  ["http://172.16.0.1/", NO, "ok"],
  ["http://172.31.255.255/", NO, "ok"],
  ["http://192.168.1.5/", NO, "ok"],
  ["http://home.example/", NO, "ok"],
  ["http://100.64.0.1/", NO, "ok"],
  ["http://[fd00::1]/", NO, "ok"],
  ["http://[::ffff:10.0.0.1]/", NO, "ok"],
  ["http://172.32.0.1/", "ok"],
  ["http://100.128.0.1/", "ok"],
  // Link-local, where hosting companies keep their keys.
  ["http://169.254.169.254/latest/meta-data/", NO],
  ["http://metadata.example/", NO],
  ["http://[fe80::1]/", NO],
  ["http://[::ffff:169.254.169.254]/", NO],
  ["http://2852039166/", NO],
  // The same services at addresses that look like any other.
  ["http://168.63.129.16/metadata", NO],
  ["http://100.100.100.200/latest/meta-data/", NO],
  ["http://[fd00:ec2::254]/latest/meta-data/", NO],
  ["http://[::ffff:168.63.129.16]/", NO],
  // Addresses that carry another one inside.
  ["http://[64:ff9b::7f00:1]/", NO],
  ["http://[2002:7f00:1::]/", NO],
  ["http://[2001:0:7f00:1::]/", NO],
  ["http://[64:ff9b:1::a00:1]/", NO],
  ["http://[::127.0.0.1]/", NO],
  ["http://[::10.0.0.1]/", NO],
  ["http://[::ffff:0:127.0.0.1]/", NO],
  ["http://[::ffff:0:0:10.0.0.1]/", NO],
  // No one's.
  ["http://224.0.0.1/", NO],
  ["http://255.255.255.255/", NO],
  ["http://240.0.0.1/", NO],
  ["http://192.0.2.1/", NO],
  ["http://198.51.100.1/", NO],
  ["http://203.0.113.1/", NO],
  ["http://198.18.0.1/", NO],
  ["http://[ff02::1]/", NO],
  ["http://[2001:db8::1]/", NO],
  ["http://[3fff::1]/", NO],
  ["http://[4000::1]/", NO],
  ["http://[100::1]/", NO],
  ["http://[fec0::1]/", NO],
  ["http://192.88.99.1/", NO],
  // Itself, by any of its names.
  ["http://127.0.0.1:7170/", NO],
  ["http://127.0.0.2:7170/", NO],
  ["http://[::1]:7170/", NO],
  ["http://loop.example:7170/", NO],
  ["http://own.example:7170/", NO],
  ["http://own6.example:7170/", NO],
  ["http://ownhome.example:7170/", NO],
  ["https://gateway.example/", NO],
  ["https://GATEWAY.example:443/x", NO],
  ["http://own.example/", "ok"],
  ["http://good.example:7170/", "ok"],
  ["http://192.168.1.5:7170/", NO, "ok"],
  // Names that lead nowhere.
  ["http://nothing.example/", "media-unreachable"],
  ["http://unknown.example/", "media-unreachable"],
];

Deno.test("the guard's verdict on every trick of the table, in the world and at home", async () => {
  const wrong: unknown[] = [];
  for (const [url, world, home = world] of TABLE) {
    const [strict, open] = [
      await verdict(url, STRICT),
      await verdict(url, HOME),
    ];
    if (strict !== world) wrong.push([url, strict, `wanted ${world}`]);
    if (open !== home) wrong.push([url, open, `wanted ${home} at home`]);
  }
  assertEquals(wrong, []);
  assert(TABLE.length >= 60, String(TABLE.length));
});

Deno.test("checkUrl() takes the fragment away and keeps the query", () => {
  const { href } = checkUrl("http://good.example/a?x=1#t=5", STRICT);
  assertEquals(href, "http://good.example/a?x=1");
});

Deno.test("checkAddresses() gives back exactly the addresses it checked", async () => {
  let asked = 0;
  const rebinding = () =>
    Promise.resolve(++asked === 1 ? ["93.184.216.34"] : ["127.0.0.1"]);
  const url = checkUrl("http://rebind.example/", STRICT);
  assertEquals(await checkAddresses(url, STRICT, rebinding), ["93.184.216.34"]);
  await assertRejects(
    () => checkAddresses(url, STRICT, rebinding),
    AlluviumError,
    "not on the public internet",
  );
});

Deno.test("checkUrl() takes only the hosts it was given, however they are written", () => {
  const policy = { ...STRICT, mediaHosts: ["Good.example", "8.8.8.8"] };
  const cases: [string, boolean][] = [
    ["http://good.example/a", true],
    ["http://GOOD.example./a", true],
    ["http://cdn.good.example/a", true],
    ["http://134744072/a", true],
    ["http://notgood.example/a", false],
    ["http://good.example.evil.example/a", false],
    ["http://evil.example/?good.example", false],
    ["http://evil.example/#.good.example", false],
    ["http://example/a", false],
  ];
  for (const [url, wanted] of cases) {
    if (wanted) checkUrl(url, policy);
    else assertThrows(() => checkUrl(url, policy), AlluviumError, "that host");
  }
});
