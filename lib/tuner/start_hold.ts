/**
 * How long a film waits before it is heard and seen by one who tunes in.
 *
 * All who tune in want the same bytes at the same moment of the programme, and
 * hear them as much later as they began later. Whoever begins a few tenths of a
 * second before all others is ahead of them ever after: nobody has what he plays
 * next. So a film does not begin the moment its first second is here, but when
 * most others can begin too. Who finds much of it ready, since others are ahead
 * of him, begins at once. Who would have played what is here before more can
 * come from the others, as where few of them can be dialled, begins later: else
 * he lives from the origin. Sound needs a twentieth of the bytes and does not wait.
 *
 * @module
 */

/** In the flash crowds of `tests/simulation` half of a thousand can begin a film after 1.2 s, 95 of 100 after 1.7 s. */
const FILM_HOLD_MS = 1_500;

/** So much of a film is ready only where others are ahead. Two seconds let some of a crowd begin too soon. */
const FILM_READY_MS = 3_000;

/** Where a chunk takes as long as this, peers are just able to carry what plays; elsewhere more comes all the time. */
const FILM_SLOW_MS = 250;

/** There, what is here must last so much longer than it takes until more comes … */
const FILM_SPARE_MS = 1_500;

/** … or be as much as this … */
const FILM_SLOW_READY_MS = 4_000;

/** … but nobody waits longer than this. */
const FILM_HOLD_MS_MAX = 8_000;

/**
 * When a film may begin, in ms after tuning in.
 *
 * @param hereMs what is ready of it without a hole, in ms of play, from 0
 * @param waitMs how long a chunk takes to come from other listeners; 0 where there are none
 */
export function filmHoldMs(hereMs: number, waitMs: number): number {
  if (waitMs < FILM_SLOW_MS) {
    return hereMs >= FILM_READY_MS ? 0 : FILM_HOLD_MS;
  }
  if (hereMs >= FILM_SLOW_READY_MS) return 0;
  return hereMs >= waitMs + FILM_SPARE_MS ? FILM_HOLD_MS : FILM_HOLD_MS_MAX;
}
