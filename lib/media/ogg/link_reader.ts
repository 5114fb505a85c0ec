/**
 * From pages to timed packets, link by link. An Ogg file is a chain of links;
 * each link begins with the first pages (BOS) of one or more logical streams,
 * of which we follow the first that has a codec we know.
 *
 * Promises: nothing throws; packets come in order, each with the granule
 * position at its end; the last ones are trimmed to where the link's last page
 * says it ends (RFC 7845, 4.5). Links that the mount could not take after the
 * first one (another codec, rate or number of channels) are passed over, as are
 * links whose headers are broken.
 *
 * Leaves to others: finding pages, joining segments, what a codec's bits mean.
 *
 * @module
 */
import type { Packet, TrackInfo } from "../packet.ts";
import type { OggCodec, PacketTiming } from "./codec.ts";
import { codecOf } from "./codecs.ts";
import type { OggPage } from "./page.ts";
import { Packetizer, type RawPacket } from "./packetizer.ts";

/** A link whose headers were read. */
export interface OggLink {
  /** Serial of the stream we follow. */
  serial: number;
  /** Its codec. */
  codec: OggCodec;
  /** Its parameters. */
  info: TrackInfo;
}

/** A packet and where in its link it lies. */
export interface TimedPacket {
  /** The packet. */
  packet: Packet;
  /** Granule position at its end, before trimming. */
  end: number;
}

/** Nothing to follow until the next link begins. */
interface Waiting {
  kind: "waiting";
}

/** Collecting header packets. */
interface ReadingHeaders {
  kind: "headers";
  serial: number;
  codec: OggCodec;
  wanted: number;
  headers: Uint8Array[];
  packetizer: Packetizer;
}

/** In the sound of a link. */
interface ReadingSound {
  kind: "sound";
  link: OggLink;
  packetizer: Packetizer;
  timing: PacketTiming;
  /** Granule position at the end of the last packet; unknown before the first page. */
  position: number | undefined;
}

type State = Waiting | ReadingHeaders | ReadingSound;

/** Push parser: pages in, packets out. */
export class LinkReader {
  #state: State = { kind: "waiting" };
  #link: OggLink | undefined;
  /** The first link: what the later ones must match. */
  #first: OggLink | undefined;
  /** Serials of the streams that began together with the one we follow. */
  #group = new Set<number>();
  #lastWasFirst = false;
  /** A link after the first has begun; its first packet says so. */
  #restart: TrackInfo | undefined;

  /**
   * Expects the pages of a file from the first, or of a link from any.
   *
   * @param link goes on in the middle of this link, whose headers are known; the
   * first page pushed is one of sound
   */
  constructor(link?: OggLink) {
    if (link === undefined) return;
    this.#first = link;
    this.#link = link;
    this.#state = soundOf(link);
  }

  /** The last link whose headers were complete and that we follow. */
  get link(): OggLink | undefined {
    return this.#link;
  }

  /** Serials of all streams that began with this link. */
  get group(): ReadonlySet<number> {
    return this.#group;
  }

  /** Takes the next page of the file and returns the packets that end on it. */
  push(page: OggPage): TimedPacket[] {
    if (page.first) {
      this.#begin(page);
      return [];
    }
    this.#lastWasFirst = false;
    const state = this.#state;
    if (state.kind === "headers" && state.serial === page.serial) {
      return this.#pushHeaders(state, page);
    }
    if (state.kind === "sound" && state.link.serial === page.serial) {
      return this.#pushSound(state, page, state.packetizer.push(page));
    }
    return [];
  }

  #begin(page: OggPage): void {
    if (!this.#lastWasFirst) {
      this.#group = new Set();
      this.#state = { kind: "waiting" };
    }
    this.#lastWasFirst = true;
    this.#group.add(page.serial);
    if (this.#state.kind !== "waiting") return;
    const packetizer = new Packetizer();
    const first = packetizer.push(page)[0]?.data;
    const codec = first && codecOf(first);
    if (first === undefined || codec === undefined) return;
    this.#state = {
      kind: "headers",
      serial: page.serial,
      codec,
      wanted: codec.headerPackets(first)!,
      headers: [first],
      packetizer,
    };
  }

  #pushHeaders(state: ReadingHeaders, page: OggPage): TimedPacket[] {
    const packets = state.packetizer.push(page);
    const missing = state.wanted - state.headers.length;
    state.headers.push(...packets.slice(0, missing).map((x) => x.data));
    if (state.headers.length < state.wanted) return [];
    const link = this.#accept(state);
    if (link === undefined) {
      this.#state = { kind: "waiting" };
      return [];
    }
    const sound = soundOf(link, state.packetizer);
    this.#link = link;
    this.#state = sound;
    const rest = packets.slice(missing);
    return rest.length === 0 ? [] : this.#pushSound(sound, page, rest);
  }

  /** The link, if its headers hold and it fits behind the first. */
  #accept(state: ReadingHeaders): OggLink | undefined {
    const stream = state.codec.describe(state.headers);
    if (stream === undefined) return undefined;
    const info: TrackInfo = {
      codec: state.codec.codec,
      headers: state.headers,
      ...stream,
    };
    const link = { serial: state.serial, codec: state.codec, info };
    if (this.#first === undefined) {
      this.#first = link;
    } else if (fits(info, this.#first.info)) {
      this.#restart = info;
    } else {
      return undefined;
    }
    return link;
  }

  #pushSound(
    state: ReadingSound,
    page: OggPage,
    raw: RawPacket[],
  ): TimedPacket[] {
    const packets = raw.flatMap((x) => timePacket(state, x));
    const samples = packets.reduce((sum, x) => sum + x.durationSamples, 0);
    const timed = place(packets, state.position ?? startOf(page, samples));
    const end = timed.at(-1)?.end ?? state.position;
    state.position = page.granule ?? end;
    if (page.last) {
      this.#state = { kind: "waiting" };
      const surplus = (end ?? 0) - (page.granule ?? end ?? 0);
      // More than the page holds is no trimming but a wrong number.
      if (surplus <= samples) trim(timed, surplus);
      const last = timed.at(-1);
      if (last) last.packet.closes = true;
    }
    return this.#marked(timed);
  }

  #marked(timed: TimedPacket[]): TimedPacket[] {
    const first = timed[0];
    if (first !== undefined && this.#restart !== undefined) {
      first.packet.restart = this.#restart;
      this.#restart = undefined;
    }
    return timed;
  }
}

function soundOf(link: OggLink, packetizer = new Packetizer()): ReadingSound {
  return {
    kind: "sound",
    link,
    packetizer,
    timing: link.codec.timing(link.info.headers),
    position: undefined,
  };
}

function fits(info: TrackInfo, first: TrackInfo): boolean {
  return info.codec === first.codec && info.channels === first.channels &&
    info.sampleRate === first.sampleRate;
}

/** A packet with its play time; none for what is no audio. */
function timePacket(state: ReadingSound, raw: RawPacket): Packet[] {
  const durationSamples = raw.cut ? undefined : state.timing(raw.data);
  return durationSamples === undefined
    ? []
    : [{ data: raw.data, durationSamples }];
}

/**
 * Where the first packet of a page begins, when nothing came before: counted
 * back from the page's end, unless the page is also the last, whose end is cut.
 */
function startOf(page: OggPage, samples: number): number {
  return page.last ? 0 : Math.max(0, (page.granule ?? 0) - samples);
}

function place(packets: Packet[], start: number): TimedPacket[] {
  let end = start;
  return packets.map((packet) => {
    end += packet.durationSamples;
    return { packet, end };
  });
}

/** Cuts samples off the end: whole packets while they fit, then part of the last. */
function trim(timed: TimedPacket[], samples: number): void {
  let left = samples;
  while (left > 0 && timed.length > 0) {
    const last = timed.at(-1)!.packet;
    if (left < last.durationSamples) {
      last.trimEndSamples = left;
      return;
    }
    left -= last.durationSamples;
    timed.pop();
  }
}
