/**
 * Every limit of the program, with the reason for its number. Code that reads
 * input, queues, caches or retries takes its maximum from here; a test per limit
 * exceeds it. Grouped by the module that enforces it, in the order of the data.
 *
 * @module
 */

// ---- playlist -------------------------------------------------------------

/** Bytes of a playlist. A year of three-minute items is 175,000 items of about 600 bytes. */
export const PLAYLIST_BYTES_MAX = 128 * 1024 * 1024;

// ---- hashtree -------------------------------------------------------------

/** Bytes of one media file: 2^26 leaves, whose leaf layer is 2 GiB. */
export const CONTENT_BYTES_MAX = 2 ** 40;

// ---- swarm ----------------------------------------------------------------

// ---- peer -----------------------------------------------------------------

// ---- gateway --------------------------------------------------------------

// ---- media ----------------------------------------------------------------

// ---- icecast --------------------------------------------------------------

// ---- http -----------------------------------------------------------------

// ---- tuner ----------------------------------------------------------------

// ---- broadcaster ----------------------------------------------------------

// ---- cli ------------------------------------------------------------------
