/**
 * What the swarm is to reach in the simulator: one row a scenario, with the
 * figures that are asked of it.
 *
 * @module
 */
import type { Report } from "./report.ts";
import { AUDIO, type Scenario, VIDEO } from "./scenario.ts";

/** A figure of the report, and what it may be at most, or at least. */
export interface Target {
  figure: keyof Report;
  atMost?: number;
  atLeast?: number;
}

/** A scenario and its targets. */
export interface Row {
  name: string;
  scenario: Scenario;
  targets: Target[];
}

const MBIT = 1_000_000;

/** Listeners of the rows that are about no number. */
const MANY = 100;

const FLASH = {
  listeners: 1000,
  midItemSeconds: 150,
  join: [0, 10],
  seconds: 40,
} as const;

/** A crowd that tunes in as an item begins, audio from an origin of 20 Mbit/s: for `coarse.ts`. */
export const CROWD: Scenario = {
  ...AUDIO,
  join: [0, 10],
  seconds: 40,
  originRate: 20 * MBIT,
};

const HARD = { freeRiders: 0.3, unreachable: 0.7 };
const LEECHES = { leeches: 0.3, unreachable: 0.7, evenUplinks: true };

const most = (figure: keyof Report, atMost: number): Target => ({
  figure,
  atMost,
});
const least = (figure: keyof Report, atLeast: number): Target => ({
  figure,
  atLeast,
});

/** Everybody hears everything. */
const PLAYED = [least("continuity", 1), most("silent", 0)];

/** A station in its usual state, with so many listeners. */
export function steadyRows(listeners: number): Row[] {
  const copies = listeners <= 2 ? 1.02 : listeners <= 1000 ? 1.05 : 1.1;
  const targets = [
    most("originCopies", copies),
    least("peerEfficiency", 0.98 * (1 - 1 / listeners)),
    ...PLAYED,
  ];
  const audio = { ...AUDIO, listeners };
  return [
    {
      name: `steady, ${listeners}, audio`,
      scenario: audio,
      targets: [...targets, most("control", 0.1)],
    },
    {
      name: `steady, ${listeners}, video`,
      scenario: { ...VIDEO, listeners },
      targets,
    },
  ];
}

/** No gateway: everybody knows three others from before, and hears of the rest from them. */
export function acquaintedRow(listeners: number): Row {
  return {
    name: `no gateway, ${listeners}, audio`,
    scenario: { ...AUDIO, listeners, gateway: false, acquaintances: 3 },
    targets: [most("originCopies", 1.1), ...PLAYED],
  };
}

/** All other rows; those about no number have `listeners`. */
export function otherRows(listeners = MANY): Row[] {
  return [...flashRows(), ...hardRows(listeners), ...fileRows()];
}

function flashRows(): Row[] {
  const { listeners } = FLASH;
  return [
    {
      name: "flash, audio, origin 20 Mbit/s",
      scenario: { ...AUDIO, ...FLASH, originRate: 20 * MBIT },
      targets: [
        most("startupP95Ms", 1_000),
        most("originCopies", 1.3),
        most("stalled", 0),
        most("silent", 0),
      ],
    },
    {
      name: "flash, video, origin 300 Mbit/s",
      scenario: { ...VIDEO, ...FLASH, originRate: 300 * MBIT },
      targets: [
        most("startupP95Ms", 2_000),
        most("originCopies", 3),
        most("stalled", listeners / 1000),
        most("silent", 0),
      ],
    },
    {
      name: "flash, video, origin 100 Mbit/s",
      scenario: { ...VIDEO, ...FLASH, originRate: 100 * MBIT },
      targets: [
        most("startupP95Ms", 2_500),
        most("stalled", 0),
        most("silent", 0),
      ],
    },
  ];
}

function hardRows(listeners: number): Row[] {
  const audio = { ...AUDIO, listeners };
  const video = { ...VIDEO, listeners };
  return [
    {
      name: "churn, half-life 5 min, audio",
      scenario: { ...audio, lifeSeconds: 300 / Math.LN2, seconds: 900 },
      targets: [least("continuity", 0.999), most("originCopies", 1.2)],
    },
    {
      name: "free riders and NAT, audio",
      scenario: { ...audio, ...HARD, listeners: 3 * listeners },
      targets: [least("continuity", 0.999), most("originCopies", 1.05)],
    },
    {
      // Supply is 1.1 times the demand only if those who can be dialled are fed by
      // those who cannot, free riders too: they have to be named to somebody.
      name: "free riders and NAT, video",
      scenario: { ...video, ...LEECHES, listeners: 3 * listeners },
      targets: [least("continuity", 0.995), most("originCopies", 1.5)],
    },
    {
      // Nobody can dial who does not share: 6.5 copies are the least there can be.
      name: "--no-share and NAT, video",
      scenario: { ...video, ...HARD, listeners: 3 * listeners },
      targets: [least("continuity", 0.995)],
    },
    {
      name: "10 % liars, audio",
      scenario: { ...audio, liars: 0.1 },
      targets: [
        most("badBytes", 0),
        most("unpunished", 0),
        most("originCopies", 1.2),
        ...PLAYED,
      ],
    },
    {
      name: "origin dead for 10 min, audio",
      scenario: { ...audio, originDead: [60, 660], seconds: 900 },
      targets: [most("avoidable", 0)],
    },
    {
      name: "gateway dead for 10 min, audio",
      scenario: { ...audio, gatewayDead: [60, 660], seconds: 900 },
      targets: PLAYED,
    },
    {
      name: "uplinks 0.8 of demand, video",
      scenario: {
        ...video,
        uplink: [1.2 * MBIT, 3.6 * MBIT],
        startBufferSeconds: 20,
        originRate: 1000 * MBIT,
      },
      targets: [most("originSurplus", 0.05), ...PLAYED],
    },
  ];
}

function fileRows(): Row[] {
  return ([[20, 1.2], [100, 1.3]] as const).map(([rate, overBound]) => ({
    name: `100 MB to 64 peers, origin ${rate} Mbit/s`,
    scenario: {
      ...AUDIO,
      listeners: 64,
      join: [0, 0],
      seconds: 120,
      downloadBytes: 100_000_000,
      chunkLeaves: 8,
      originRate: rate * MBIT,
    },
    targets: [
      most("originCopies", 1.05),
      most("lastOverBound", overBound),
    ],
  }));
}
