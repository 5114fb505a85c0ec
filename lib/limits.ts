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

/** Bytes of one frame between peers: 64 KiB of leaves, and room for a have message. */
export const PEER_FRAME_BYTES_MAX = 128 * 1024;

/** Leaves in one request: 1 MiB, the largest chunk of section 5 of the design. */
export const REQUEST_LEAVES_MAX = 64;

/** Leaves in one data frame: 64 KiB, so that an urgent request waits for no more than that. */
export const DATA_LEAVES_MAX = 4;

/** Ranges in one have message: 4,096 alternating leaves, after which another message follows. */
export const HAVE_RANGES_MAX = 4096;

/** Contents one link may have open: a relay of 16 stations with four items each. */
export const CHANNELS_MAX = 64;

/** Links to peers a listener dials; 15 to 24 keep haves below a tenth of an audio stream (facts, swarm 8). */
export const LINKS_DIALLED_MAX = 24;

/** Links in all, the rest being those that nobody else can carry. */
export const LINKS_MAX = 120;

/** Requests one link may have waiting here: 4 MiB of 64 KiB chunks; more are refused. */
export const UPLOAD_QUEUE_MAX = 64;

/** Requests we have waiting at one link. */
export const REQUESTS_PER_LINK_MAX = 64;

/** Connections a listener opens to one origin at a time (browsers take six; web seeds four). */
export const ORIGIN_CONNECTIONS_MAX = 2;

/** Contents one engine holds open: items now and next of 16 stations, and what others still fetch. */
export const CONTENTS_MAX = 64;

// ---- peer -----------------------------------------------------------------

// ---- gateway --------------------------------------------------------------

// ---- media ----------------------------------------------------------------

// ---- icecast --------------------------------------------------------------

// ---- http -----------------------------------------------------------------

// ---- tuner ----------------------------------------------------------------

// ---- broadcaster ----------------------------------------------------------

// ---- cli ------------------------------------------------------------------

/** Milliseconds between two drawings of the live line: ten a second is as fast as figures can be read. */
export const TERMINAL_REDRAW_MS = 100;

/** Bytes of a `--config` file: a few dozen options of one line each. */
export const CONFIG_BYTES_MAX = 64 * 1024;
