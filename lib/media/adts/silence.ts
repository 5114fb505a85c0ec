/**
 * AAC frames that decode to digital silence, made from nothing: every channel
 * element with no scale factor band in use (ISO 14496-3, 4.4.2). A handful of
 * bytes, whatever the rate.
 *
 * @module
 */

/** Elements of a channel configuration (table 1.19): s single, p pair, l low. */
const ELEMENTS = ["", "s", "p", "sp", "sps", "spp", "sppl", "spppl"];
const ELEMENT_IDS: Readonly<Record<string, number>> = { s: 0, p: 1, l: 3 };
const END_ID = 7;

/**
 * One silent frame of 1024 samples.
 *
 * @param channelConfig 1 to 7
 * @throws RangeError for another
 */
export function silentAacFrame(channelConfig: number): Uint8Array {
  const elements = ELEMENTS[channelConfig];
  if (!elements) {
    throw new RangeError(
      `Cannot make silent AAC of channel configuration ${channelConfig}`,
    );
  }
  let bits = "";
  const tags: Record<string, number> = {};
  for (const kind of elements) {
    const tag = tags[kind] ?? 0;
    tags[kind] = tag + 1;
    bits += binary(ELEMENT_IDS[kind]!, 3) + binary(tag, 4);
    // A pair without a common window is two channels one after the other.
    bits += kind === "p" ? "0" + CHANNEL + CHANNEL : CHANNEL;
  }
  bits += binary(END_ID, 3);
  return pack(bits);
}

/**
 * global_gain 8; ics_info: reserved, long window 2, shape, max_sfb 6, no
 * prediction; no pulses, no noise shaping, no gain control.
 */
const CHANNEL = "0".repeat(8) + "0".repeat(11) + "000";

function binary(value: number, digits: number): string {
  return value.toString(2).padStart(digits, "0");
}

function pack(bits: string): Uint8Array {
  const bytes = new Uint8Array(Math.ceil(bits.length / 8));
  for (let i = 0; i < bits.length; i++) {
    if (bits[i] === "1") bytes[i >> 3]! |= 128 >> (i & 7);
  }
  return bytes;
}
