/**
 * A scenario is plain data: it fixes every parameter of a run, so that two runs
 * can be compared and one seed replays one run exactly.
 *
 * @module
 */
import type { Hashing } from "./file.ts";

/** Low and high of an even distribution. */
export type Between = readonly [number, number];

/** From second … to second …, counted from the beginning. */
export type Seconds = readonly [number, number];

/** All there is to know about a run but its seed. */
export interface Scenario {
  /** How many listeners. */
  listeners: number;
  /** They are switched on within these seconds, evenly. */
  join: Seconds;
  /** The first programme began this many seconds before the beginning. */
  midItemSeconds: number;
  /** Seconds simulated. */
  seconds: number;
  /** Seconds of an item; items follow each other without a gap. */
  itemSeconds: number;
  /** Bits per second of the media. */
  bitrate: number;
  /** Seconds of media that must be here before a listener hears anything. */
  startBufferSeconds: number;
  /** Bits per second. */
  uplink: Between;
  /** Uplinks are dealt out so that those of any kind of listener have their share of all rates; else by chance. */
  evenUplinks: boolean;
  /** Bits per second; a listener's downlink is this or so many times its uplink. */
  downlinkMin: number;
  downlinkTimesUplink: number;
  /** Milliseconds between two listeners, and back. */
  rttMs: Between;
  /** Bits per second. */
  originRate: number;
  /** Whether there is a gateway. */
  gateway: boolean;
  /** Everyone who comes knows one who is there already, without a gateway. */
  onePeerKnown: boolean;
  /** Others a listener knows from before, by address; whoever else there is it hears from them. */
  acquaintances: number;
  /** Leaves of a chunk. */
  chunkLeaves: number;
  /** Shares of the listeners, 0 to 1. Free riders appear nowhere (`--no-share`); leeches can be dialled, and give nothing. */
  freeRiders: number;
  leeches: number;
  unreachable: number;
  liars: number;
  /** Share of those who promise ten times the uplink they have. */
  boasters: number;
  /** Milliseconds by which a listener's idea of the time is off, at most, either way. */
  clockErrorMs: number;
  /** Share of the packets that are lost on a listener's line. */
  loss: number;
  /** Mean seconds after which a listener is switched off and another comes; 0: never. */
  lifeSeconds: number;
  /** The origin does not answer between these; empty: always does. */
  originDead?: Seconds;
  /** The gateway does not answer between these; empty: always does. */
  gatewayDead?: Seconds;
  /** One half of the listeners cannot reach the other between these; empty: all reach all. */
  partition?: Seconds;
  /** Bytes of one file that every listener downloads instead of hearing a programme; 0: they hear it. */
  downloadBytes: number;
  hashing: Hashing;
}

const MBIT = 1_000_000;

/** Defaults of issue 3, for audio. */
export const AUDIO: Scenario = {
  listeners: 10,
  join: [0, 10],
  midItemSeconds: 0,
  seconds: 320,
  itemSeconds: 300,
  bitrate: 128_000,
  startBufferSeconds: 1,
  uplink: [2 * MBIT, 20 * MBIT],
  evenUplinks: false,
  downlinkMin: 16 * MBIT,
  downlinkTimesUplink: 5,
  rttMs: [30, 100],
  originRate: 100 * MBIT,
  gateway: true,
  acquaintances: 0,
  onePeerKnown: false,
  chunkLeaves: 1,
  freeRiders: 0,
  leeches: 0,
  unreachable: 0,
  liars: 0,
  boasters: 0,
  clockErrorMs: 0,
  loss: 0,
  lifeSeconds: 0,
  downloadBytes: 0,
  hashing: "tagged",
};

/** The same for video. */
export const VIDEO: Scenario = {
  ...AUDIO,
  bitrate: 3 * MBIT,
  chunkLeaves: 4,
  originRate: 300 * MBIT,
};

/** Scenarios by name, for the command line. */
export const SCENARIOS: Readonly<Record<string, Scenario>> = {
  "audio": AUDIO,
  "audio-alone": { ...AUDIO, gateway: false },
  "audio-acquainted": { ...AUDIO, gateway: false, acquaintances: 3 },
  "audio-exchange": { ...AUDIO, gateway: false, onePeerKnown: true },
  "audio-flash": {
    ...AUDIO,
    listeners: 1000,
    midItemSeconds: 150,
    seconds: 60,
    originRate: 20 * MBIT,
  },
  "audio-churn": { ...AUDIO, lifeSeconds: 433, seconds: 900 },
  "audio-nat": { ...AUDIO, freeRiders: 0.3, unreachable: 0.7 },
  "audio-liars": { ...AUDIO, liars: 0.1 },
  "audio-origin-dead": { ...AUDIO, originDead: [60, 660], seconds: 900 },
  "audio-gateway-dead": { ...AUDIO, gatewayDead: [60, 660], seconds: 900 },
  "file": {
    ...AUDIO,
    listeners: 64,
    join: [0, 0],
    seconds: 120,
    downloadBytes: 100 * MBIT,
    chunkLeaves: 8,
  },
  "video": VIDEO,
  "video-flash": {
    ...VIDEO,
    listeners: 1000,
    midItemSeconds: 150,
    seconds: 30,
  },
  "video-flash-slow": {
    ...VIDEO,
    listeners: 1000,
    midItemSeconds: 150,
    seconds: 30,
    originRate: 100 * MBIT,
  },
};
