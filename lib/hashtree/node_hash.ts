/**
 * SHA-256 of exactly 64 bytes, FIPS 180-4: an inner node of the tree. A file of
 * 512 MiB has 32,767 of them, all hashed before its first byte can be judged. For
 * so few bytes going to the runtime and back takes three times as long, and a
 * library for any length twice. One block is the message, the other its padding,
 * which is always the same: its schedule is computed once.
 *
 * @module
 */

/** FIPS 180-4, 4.2.2. */
const K = Int32Array.of(
  0x428a2f98,
  0x71374491,
  0xb5c0fbcf,
  0xe9b5dba5,
  0x3956c25b,
  0x59f111f1,
  0x923f82a4,
  0xab1c5ed5,
  0xd807aa98,
  0x12835b01,
  0x243185be,
  0x550c7dc3,
  0x72be5d74,
  0x80deb1fe,
  0x9bdc06a7,
  0xc19bf174,
  0xe49b69c1,
  0xefbe4786,
  0x0fc19dc6,
  0x240ca1cc,
  0x2de92c6f,
  0x4a7484aa,
  0x5cb0a9dc,
  0x76f988da,
  0x983e5152,
  0xa831c66d,
  0xb00327c8,
  0xbf597fc7,
  0xc6e00bf3,
  0xd5a79147,
  0x06ca6351,
  0x14292967,
  0x27b70a85,
  0x2e1b2138,
  0x4d2c6dfc,
  0x53380d13,
  0x650a7354,
  0x766a0abb,
  0x81c2c92e,
  0x92722c85,
  0xa2bfe8a1,
  0xa81a664b,
  0xc24b8b70,
  0xc76c51a3,
  0xd192e819,
  0xd6990624,
  0xf40e3585,
  0x106aa070,
  0x19a4c116,
  0x1e376c08,
  0x2748774c,
  0x34b0bcb5,
  0x391c0cb3,
  0x4ed8aa4a,
  0x5b9cca4f,
  0x682e6ff3,
  0x748f82ee,
  0x78a5636f,
  0x84c87814,
  0x8cc70208,
  0x90befffa,
  0xa4506ceb,
  0xbef9a3f7,
  0xc67178f2,
);

/** FIPS 180-4, 5.3.3. */
const INITIAL = Int32Array.of(
  0x6a09e667,
  0xbb67ae85,
  0x3c6ef372,
  0xa54ff53a,
  0x510e527f,
  0x9b05688c,
  0x1f83d9ab,
  0x5be0cd19,
);

/** Bytes of the message. */
const MESSAGE_BYTES = 64;

/** The words of a block and those that follow from them, each with its constant added. */
type Schedule = Int32Array;

const message: Schedule = new Int32Array(64);
const padding: Schedule = new Int32Array(64);
const state = new Int32Array(8);

// A one after the message, and its length in bits: FIPS 180-4, 5.1.1.
padding[0] = 0x8000_0000;
padding[15] = 8 * MESSAGE_BYTES;
expand(padding);

/**
 * Hashes 64 bytes.
 *
 * @param from where they are, from `fromOffset` on
 * @param into where the 32 bytes of their hash go, from `intoOffset` on
 * @throws {RangeError} if there are too few
 */
export function hash64(
  from: Uint8Array,
  fromOffset: number,
  into: Uint8Array,
  intoOffset: number,
): void {
  const input = new DataView(
    from.buffer,
    from.byteOffset + fromOffset,
    MESSAGE_BYTES,
  );
  for (let word = 0; word < 16; word++) {
    message[word] = input.getInt32(4 * word);
  }
  expand(message);
  state.set(INITIAL);
  compress(message);
  compress(padding);
  const output = new DataView(into.buffer, into.byteOffset + intoOffset, 32);
  for (let word = 0; word < 8; word++) {
    output.setInt32(4 * word, state[word]!);
  }
}

/** FIPS 180-4, 6.2.2, step 1, and the constants of step 3. */
function expand(words: Schedule): void {
  for (let i = 16; i < 64; i++) {
    const [a, b] = [words[i - 15]!, words[i - 2]!];
    const sigma0 = (a >>> 7 | a << 25) ^ (a >>> 18 | a << 14) ^ a >>> 3;
    const sigma1 = (b >>> 17 | b << 15) ^ (b >>> 19 | b << 13) ^ b >>> 10;
    words[i] = words[i - 16]! + sigma0 + words[i - 7]! + sigma1;
  }
  for (let i = 0; i < 64; i++) words[i]! += K[i]!;
}

/** FIPS 180-4, 6.2.2, steps 2 to 4. */
function compress(words: Schedule): void {
  let a = state[0]!, b = state[1]!, c = state[2]!, d = state[3]!;
  let e = state[4]!, f = state[5]!, g = state[6]!, h = state[7]!;
  for (let i = 0; i < 64; i++) {
    const sum1 = (e >>> 6 | e << 26) ^ (e >>> 11 | e << 21) ^
      (e >>> 25 | e << 7);
    const t1 = h + sum1 + (e & f ^ ~e & g) + words[i]! | 0;
    const sum0 = (a >>> 2 | a << 30) ^ (a >>> 13 | a << 19) ^
      (a >>> 22 | a << 10);
    const t2 = sum0 + (a & b ^ a & c ^ b & c) | 0;
    h = g;
    g = f;
    f = e;
    e = d + t1 | 0;
    d = c;
    c = b;
    b = a;
    a = t1 + t2 | 0;
  }
  state[0]! += a;
  state[1]! += b;
  state[2]! += c;
  state[3]! += d;
  state[4]! += e;
  state[5]! += f;
  state[6]! += g;
  state[7]! += h;
}
