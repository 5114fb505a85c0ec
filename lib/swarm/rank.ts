/**
 * Who fetches a chunk from the origin where no gateway gives leases: rendezvous
 * hashing over (content, chunk, member). Everyone who knows the same members
 * comes to the same order without a word said, and when one leaves only its own
 * chunks move. Never among one's own links alone: see facts, swarm 8, where
 * that cost 26 copies among 1,000 listeners.
 *
 * @module
 */

/**
 * What stands for one member in the order of one content, so that the long
 * texts are read once and not for every chunk: a 32-bit FNV-1a of both.
 *
 * @param key 64 hex digits of the content
 * @param member 32 hex digits
 */
export function ticketOf(key: string, member: string): number {
  let hash = 0x811c9dc5;
  for (const text of [key, member]) {
    for (let i = 0; i < text.length; i++) {
      hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
    }
  }
  return hash >>> 0;
}

/**
 * How many members come before us for this chunk: 0 means it is ours to fetch.
 *
 * @param chunk first leaf of the chunk
 * @param own our ticket
 * @param others tickets of the other members
 */
export function rankOf(
  chunk: number,
  own: number,
  others: Iterable<number>,
): number {
  const ours = weight(chunk, own);
  let before = 0;
  for (const other of others) {
    const theirs = weight(chunk, other);
    if (theirs > ours || (theirs === ours && other > own)) before++;
  }
  return before;
}

/** A 32-bit mix of the two: the finaliser of MurmurHash3. */
function weight(chunk: number, ticket: number): number {
  let hash = ticket ^ Math.imul(chunk + 1, 0x9e3779b1);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
