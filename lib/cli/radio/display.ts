/**
 * What a listening command tells while it runs: addresses once, a line for each
 * item, and one live line. With `--json` the same as events, one a line.
 *
 * @module
 */
import { STATUS_LINE_MS } from "../../limits.ts";
import type { StationStatus, Status } from "../../player/status.ts";
import { formatDuration, formatSize } from "../quantities.ts";
import type { RadioContext, RadioSession } from "./session.ts";

/** Tells what happens until the command is interrupted. */
export class Display {
  readonly #context: RadioContext;
  readonly #session: RadioSession;
  readonly #told = new Map<string, string>();
  readonly #streams = new Set<string>();

  /** @param session what is told of */
  constructor(context: RadioContext, session: RadioSession) {
    this.#context = context;
    this.#session = session;
  }

  /** Says where the page is. */
  tellPage(): void {
    const { url } = this.#session;
    if (this.#context.json) this.#context.emit({ event: "page", url });
    else this.#context.out(`Page    ${url}`);
  }

  /** Tells until the signal aborts. */
  async run(): Promise<void> {
    const { clock, signal, progress } = this.#context;
    while (!signal.aborted) {
      const status = this.#session.radio.status();
      for (const station of status.stations) this.#tellStation(station);
      const line = statusLine(status);
      if (line !== "") progress.status(line);
      await clock.sleep(STATUS_LINE_MS, signal).catch(() => {});
    }
    progress.clear();
    this.#tellTotals();
  }

  #tellStation(station: StationStatus): void {
    for (const { path } of station.mounts) this.#tellStream(station, path);
    const { now } = station;
    const key = now === null ? "" : `${now.startsAt} ${now.title}`;
    if (this.#told.get(station.name) === key) return;
    this.#told.set(station.name, key);
    const { json, emit, out } = this.#context;
    if (json) return emit({ event: "now", station: station.name, now });
    out(`On now  ${nowLine(station)}`);
  }

  #tellStream(station: StationStatus, path: string): void {
    if (this.#streams.has(path)) return;
    this.#streams.add(path);
    const url = new URL(path, this.#session.url).href;
    const { json, emit, out } = this.#context;
    if (json) emit({ event: "stream", station: station.name, url });
    else out(`Stream  ${url}`);
  }

  #tellTotals(): void {
    const { swarm } = this.#session.radio.status();
    if (this.#context.json) this.#context.emit({ event: "end", swarm });
    else this.#context.out(totalsLine(swarm));
  }
}

/** `Title, Creator (until 20:03)`. */
export function nowLine({ title, now }: StationStatus): string {
  if (now === null) return `${title}: nothing at the moment`;
  const creator = now.creator === null ? "" : `, ${now.creator}`;
  const until = now.endsAt === null ? "" : ` (until ${hour(now.endsAt)})`;
  return `${title}: ${now.title}${creator}${until}`;
}

/** The live line: what is on in the first station, and where bytes come from. */
export function statusLine({ stations, swarm }: Status): string {
  const [station] = stations;
  if (station === undefined) return "";
  const { now } = station;
  const place = now === null ? "nothing on" : placeOf(now);
  const more = stations.length > 1 ? ` +${stations.length - 1} stations` : "";
  return `${place}${more} · ${sources(swarm)} · ${swarm.peers} linked`;
}

function placeOf(now: NonNullable<StationStatus["now"]>): string {
  const at = formatDuration(now.positionMs);
  if (now.endsAt === null) return `${now.title} ${at}`;
  const length = Date.parse(now.endsAt) - Date.parse(now.startsAt);
  return `${now.title} ${at}/${formatDuration(length)}`;
}

function sources(swarm: Status["swarm"]): string {
  const { bytesFromPeers, bytesFromOrigin, bytesToPeers } = swarm;
  return `${formatSize(bytesFromPeers)} from listeners, ${
    formatSize(bytesFromOrigin)
  } from the station, ${formatSize(bytesToPeers)} given`;
}

function totalsLine(swarm: Status["swarm"]): string {
  return `In all: ${sources(swarm)}`;
}

/** Local time of day, hours and minutes. */
function hour(iso: string): string {
  const time = new Date(iso);
  const two = (n: number) => String(n).padStart(2, "0");
  return `${two(time.getHours())}:${two(time.getMinutes())}`;
}
