/**
 * A small network of the test's own: two machines with one cable between them,
 * as namespaces of Linux, each with an address of both families (or of one) and
 * its own file of host names. It needs to be root; where that is not so, tests
 * with it are skipped by name.
 *
 * @module
 */
import { ROOT } from "../../scripts/paths.ts";
import { commandLine } from "./alluvium.ts";
import { type Child, run, start, type StartOptions } from "./processes.ts";

/** One end of the cable. */
export interface Machine {
  /** Its IPv4 address; absent where there is none. */
  readonly ipv4?: string;
  /** Its IPv6 address, without brackets. */
  readonly ipv6: string;
  /** Starts a program on it. */
  start(command: string, args: string[], options?: StartOptions): Child;
  /** Starts a command of ours on it. */
  alluvium(args: string[], options?: StartOptions): Promise<Child>;
  /** Has a program change or tell something of it: `ip` and the like. */
  run(command: string, ...args: string[]): Promise<string>;
}

/** Two machines; `await using` takes them away. */
export interface Network extends AsyncDisposable {
  readonly left: Machine;
  readonly right: Machine;
}

/** How a network is made. */
export interface NetworkOptions {
  /** @default {true} */
  ipv4?: boolean;
}

/** Skips a test where no network can be made. */
export const networks: { ignore: boolean } = { ignore: !await canMake() };

let lastNumber = 0;

async function canMake(): Promise<boolean> {
  if (Deno.build.os !== "linux" || Deno.uid() !== 0) return false;
  const { code } = await run("unshare", ["--net", "--mount", "true"])
    .catch(() => ({ code: 1 }));
  const ip = await run("ip", ["-V"]).catch(() => ({ code: 1 }));
  return code === 0 && ip.code === 0;
}

/** Makes two machines that see each other, and know each other as `left.test` and `right.test`. */
export async function startNetwork(
  { ipv4 = true }: NetworkOptions = {},
): Promise<Network> {
  const name = `alluvium-${Deno.pid}-${++lastNumber}`;
  // The right one is where routers are.
  const [left, right] = [2, 1].map((n) =>
    machineOf(`${name}-${n}`, {
      ...(ipv4 ? { ipv4: `10.77.0.${n}` } : {}),
      ipv6: `fd77::${n}`,
    })
  ) as [Machine, Machine];
  const spaces = [2, 1].map((n) => `${name}-${n}`) as [string, string];
  const network = {
    left,
    right,
    async [Symbol.asyncDispose]() {
      for (const space of spaces) {
        await run("ip", ["netns", "delete", space]);
        await Deno.remove(hostsOf(space), { recursive: true }).catch(() => {});
      }
    },
  };
  try {
    for (const space of spaces) await ip("netns", "add", space);
    // The cable's two ends are made in their places: the test's machine has none.
    const peer = ["peer", "name", "cable", "netns", spaces[1]];
    await ip(
      ...["-n", spaces[0], "link", "add", "cable", "type", "veth"],
      ...peer,
    );
    for (const machine of [left, right]) await plugIn(machine);
    const hosts = [
      hostLines(left, "left.test"),
      hostLines(right, "right.test"),
    ];
    for (const space of spaces) {
      await Deno.mkdir(hostsOf(space), { recursive: true });
      await Deno.writeTextFile(`${hostsOf(space)}/hosts`, hosts.join(""));
    }
    return network;
  } catch (error) {
    await network[Symbol.asyncDispose]();
    throw error;
  }
}

function machineOf(
  space: string,
  addresses: Pick<Machine, "ipv4" | "ipv6">,
): Machine {
  const inside = (words: string[]) => ["netns", "exec", space, ...words];
  return {
    ...addresses,
    start: (command, args, options) =>
      start("ip", inside([command, ...args]), options),
    alluvium: async (args, options) => {
      const words = [Deno.execPath(), ...await commandLine(args)];
      return start("ip", inside(words), { cwd: ROOT, ...options });
    },
    run: (...words) => ip(...inside(words)),
  };
}

/** Without waiting for anyone to object to the addresses (RFC 4862, 5.4). */
async function plugIn({ ipv4, ipv6, run }: Machine): Promise<void> {
  await run("sysctl", "-qw", "net.ipv6.conf.cable.accept_dad=0");
  await run("ip", "link", "set", "lo", "up");
  await run("ip", "link", "set", "cable", "up");
  await run("ip", "addr", "add", `${ipv6}/64`, "dev", "cable", "nodad");
  if (ipv4 === undefined) return;
  await run("ip", "addr", "add", `${ipv4}/24`, "dev", "cable");
}

function hostLines({ ipv4, ipv6 }: Machine, name: string): string {
  return [ipv6, ipv4].filter((address) => address !== undefined)
    .map((address) => `${address} ${name}\n`).join("");
}

/** `ip netns exec` lays what is there over the files of `/etc`. */
function hostsOf(space: string): string {
  return `/etc/netns/${space}`;
}

async function ip(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await run("ip", args);
  if (code === 0) return stdout;
  throw new Error(`Cannot do ip ${args.join(" ")}: ${stderr}`);
}
