/**
 * Sockets that systemd has opened for us, before we were started: it can hold a
 * port below 1024 that we need no right to, and keep callers waiting while we
 * are started again (`sd_listen_fds(3)`).
 *
 * @module
 */

/** The first descriptor that is passed: SD_LISTEN_FDS_START. */
const FIRST_DESCRIPTOR = 3;

/**
 * The listening socket that was passed to this very process, if one was.
 *
 * @param env reads a variable
 * @param pid of this process: what is meant for its parent is not for it
 */
export function passedSocket(
  env: (name: string) => string | undefined,
  pid: number,
): number | undefined {
  const passed = Number(env("LISTEN_FDS") ?? 0) >= 1;
  return passed && Number(env("LISTEN_PID")) === pid
    ? FIRST_DESCRIPTOR
    : undefined;
}
