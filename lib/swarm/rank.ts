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
 * How many members come before `self` for this chunk: 0 means it is ours to fetch.
 *
 * @param key 64 hex digits of the content
 * @param chunk first leaf of the chunk
 * @param members ids of the others, 32 hex digits each
 */
export function rankOf(
  key: string,
  chunk: number,
  self: string,
  members: Iterable<string>,
): number {
  const own = weight(key, chunk, self);
  let before = 0;
  for (const member of members) {
    if (member === self) continue;
    const other = weight(key, chunk, member);
    if (other > own || (other === own && member > self)) before++;
  }
  return before;
}

/** A 32-bit mix of the three: FNV-1a, then the finaliser of MurmurHash3. */
function weight(key: string, chunk: number, member: string): number {
  let hash = 0x811c9dc5;
  for (const text of [key, member]) {
    for (let i = 0; i < text.length; i++) {
      hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
    }
  }
  hash ^= chunk;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
