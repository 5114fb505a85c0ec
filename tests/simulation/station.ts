/**
 * Runs a scenario: switches listeners on and off, airs one item after the other,
 * breaks what is to break.
 *
 * @module
 */
import { LEAF_BYTES } from "../../lib/hashtree/geometry.ts";
import { between, pick } from "./chance.ts";
import type { SimulatedFile } from "./file.ts";
import type { Listener } from "./listener.ts";
import { latencyMs, Line, type LineFaults, lossOf } from "./network.ts";
import type { Airing } from "./player.ts";
import type { Scenario } from "./scenario.ts";
import { BEGINNING_MS, World } from "./world.ts";

const BITS_PER_BYTE_MS = 8000;

/** Multiples of it, less their whole part, lie evenly between 0 and 1, and so do every tenth of them. */
const GOLDEN = (Math.sqrt(5) - 1) / 2;

/** A station on the air. */
export class Station {
  readonly world: World;
  readonly airings: Airing[] = [];
  /** The file that all download, if they do. */
  readonly download: SimulatedFile | undefined;
  readonly #scenario: Scenario;

  constructor(scenario: Scenario, seed: number) {
    this.#scenario = scenario;
    this.world = new World({
      seed,
      hashing: scenario.hashing,
      originBytesPerSecond: scenario.originRate / 8,
      gateway: scenario.gateway,
    });
    const { downloadBytes, chunkLeaves } = scenario;
    if (downloadBytes === 0) this.#schedule();
    else this.download = this.world.file(downloadBytes, chunkLeaves);
    this.#planListeners();
    this.#planFailures();
  }

  /** When the run ends. */
  get endMs(): number {
    return BEGINNING_MS + this.#scenario.seconds * 1000;
  }

  /** Runs to the end. */
  run(): void {
    this.world.time.run(this.endMs);
  }

  /** Lays out the programme. */
  #schedule(): void {
    const { itemSeconds, bitrate, chunkLeaves, midItemSeconds } =
      this.#scenario;
    const bytesPerMs = bitrate / BITS_PER_BYTE_MS;
    const length = Math.floor(itemSeconds * 1000 * bytesPerMs);
    let startMs = BEGINNING_MS - midItemSeconds * 1000;
    for (; startMs < this.endMs; startMs += itemSeconds * 1000) {
      const file = this.world.file(length, chunkLeaves);
      this.airings.push({ file, startMs, bytesPerMs });
    }
  }

  #planListeners(): void {
    const { listeners, join } = this.#scenario;
    const { time, random } = this.world;
    for (let number = 0; number < listeners; number++) {
      const atMs = BEGINNING_MS + 1000 * between(random, join);
      time.at(atMs, () => this.#switchOn(number));
    }
  }

  #switchOn(number: number): void {
    const { world } = this;
    const { clockErrorMs, lifeSeconds } = this.#scenario;
    const errorMs = between(world.random, [-clockErrorMs, clockErrorMs]);
    const listener = world.listener(this.#nature(number));
    // The playlist comes from the origin: a connection and a request.
    const bootMs = 4 * latencyMs(listener.line, world.origin.line);
    world.time.after(bootMs, () => {
      if (this.#scenario.onePeerKnown) this.#nameOne(listener);
      this.#introduce(listener);
      if (this.download === undefined) this.#tuneIn(listener, errorMs);
      else listener.download(this.download);
    });
    if (lifeSeconds === 0) return;
    const lifeMs = -1000 * lifeSeconds * Math.log(1 - world.random());
    world.time.after(lifeMs, () => {
      listener.die();
      this.#switchOn(number);
    });
  }

  /** The first who is there and can be dialled is known to all who come. */
  #nameOne(listener: Listener): void {
    const known = this.world.listeners.find((other) =>
      other !== listener && other.alive && other.reachable && other.share
    );
    const { file } = this.airings[0] ?? {};
    const { station = "" } = (file ?? this.download!).spec;
    const peers = known === undefined ? [] : [known.address];
    listener.engine.addPeers(station, peers, this.world.time.nowMs);
  }

  /** Kinds are dealt out in turn, so that every run has its share of them. */
  #nature(number: number) {
    const { uplink, downlinkMin, downlinkTimesUplink, rttMs } = this.#scenario;
    const { freeRiders, unreachable, liars } = this.#scenario;
    const { boasters, leeches } = this.#scenario;
    const { random } = this.world;
    const { evenUplinks } = this.#scenario;
    const up = between(
      evenUplinks ? () => number * GOLDEN % 1 : random,
      uplink,
    );
    const down = Math.max(downlinkMin, downlinkTimesUplink * up);
    const rtt = between(random, rttMs);
    const line = new Line(
      up / BITS_PER_BYTE_MS,
      down / BITS_PER_BYTE_MS,
      rtt,
      this.#faults(number, rtt),
    );
    const promised = isOneOf(number + 3, boasters)
      ? 10 * up
      : isOneOf(number, leeches)
      ? 0
      : up;
    return {
      line,
      share: !isOneOf(number, freeRiders),
      reachable: !isOneOf(number + 1, unreachable),
      liar: isOneOf(number + 2, liars),
      uploadBytesPerSecond: Math.floor(promised / 8),
    };
  }

  #faults(number: number, rttMs: number): LineFaults {
    const { loss, partition } = this.#scenario;
    const faults: LineFaults = {};
    if (loss > 0) faults.lateMs = lossOf(loss, rttMs, this.world.random);
    if (partition !== undefined) {
      const [from, until] = partition.map((seconds) =>
        BEGINNING_MS + seconds * 1000
      ) as [number, number];
      faults.island = { number: number % 2, fromMs: from, untilMs: until };
    }
    return faults;
  }

  /** Gives a listener the addresses that it kept from another day. */
  #introduce(listener: Listener): void {
    const { acquaintances } = this.#scenario;
    const { listeners, random, time } = this.world;
    const station = this.airings[0]?.file.spec.station;
    if (acquaintances === 0 || station === undefined) return;
    const others = listeners.filter((other) =>
      other !== listener && other.alive && other.reachable && other.share
    );
    const known = pick(random, others, acquaintances);
    const addresses = known.map(({ address }) => address);
    listener.engine.addPeers(station, addresses, time.nowMs);
  }

  /** Plays what is on, and what follows. The next item is fetched from the start of this one on. */
  #tuneIn(listener: Listener, errorMs: number): void {
    const { startBufferSeconds } = this.#scenario;
    const nowMs = this.world.time.nowMs;
    const programme = this.airings.map((airing) => ({
      ...airing,
      startMs: airing.startMs - errorMs,
    }));
    const index = Math.max(
      0,
      programme.findLastIndex(({ startMs }) => startMs <= nowMs),
    );
    const bufferMs = startBufferSeconds * 1000;
    listener.play(programme[index]!, nowMs, bufferMs);
    this.#follow(listener, programme, index);
  }

  #follow(listener: Listener, programme: Airing[], index: number): void {
    const { time } = this.world;
    const next = programme[index + 1];
    if (next === undefined) return;
    time.at(programme[index]!.startMs, () => {
      if (!listener.alive) return;
      listener.play(next, next.startMs, 0);
      this.#follow(listener, programme, index + 1);
    });
    time.at(next.startMs, () => closeOld(listener, programme[index - 1]));
  }

  #planFailures(): void {
    const { originDead, gatewayDead } = this.#scenario;
    const { time, origin, gateway } = this.world;
    const at = (seconds: number, run: () => void) =>
      time.at(BEGINNING_MS + seconds * 1000, run);
    if (originDead !== undefined) {
      at(originDead[0], () => origin.alive = false);
      at(originDead[1], () => origin.alive = true);
    }
    if (gatewayDead !== undefined) {
      at(gatewayDead[0], () => gateway?.setAlive(false));
      at(gatewayDead[1], () => gateway?.setAlive(true));
    }
  }
}

/** Bytes of the station's files that the origin was asked for, each once. */
export function askedBytes(station: Station): number {
  let leaves = station.download?.asked.count ?? 0;
  for (const { file } of station.airings) leaves += file.asked.count;
  return Math.max(1, leaves) * LEAF_BYTES;
}

/** Two items back nobody plays any more. */
function closeOld(listener: Listener, old: Airing | undefined): void {
  const content = old && listener.engine.content(old.file.key);
  if (content !== undefined && listener.alive) listener.close(content);
}

function isOneOf(number: number, share: number): boolean {
  return Math.floor((number + 1) * share) > Math.floor(number * share);
}
