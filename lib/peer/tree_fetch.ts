/**
 * Fetching a leaf layer whole: the `.tree` file beside a media file, or the
 * gateway's. Whoever receives it proves it.
 *
 * @module
 */
import { sidecarBytes } from "../hashtree/sidecar.ts";

/** How long it may take: 1 MiB at 1 Mbit/s. */
const TREE_TIMEOUT_MS = 8_000;

/**
 * The layer's bytes, or undefined when there is none to be had: no such file,
 * wrong size, no answer.
 *
 * @param url of the layer
 * @param length bytes of the media file
 */
export async function fetchTree(
  url: string,
  length: number,
  signal: AbortSignal,
): Promise<Uint8Array | undefined> {
  const wanted = sidecarBytes(length);
  try {
    const response = await fetch(url, {
      headers: { "accept-encoding": "identity" },
      signal: AbortSignal.any([signal, AbortSignal.timeout(TREE_TIMEOUT_MS)]),
    });
    const stated = response.headers.get("content-length");
    if (!response.ok || (stated !== null && Number(stated) !== wanted)) {
      await response.body?.cancel();
      return undefined;
    }
    return await readExactly(response, wanted);
  } catch {
    // No answer is an answer here: the file is read without its tree.
    signal.throwIfAborted();
    return undefined;
  }
}

async function readExactly(
  response: Response,
  wanted: number,
): Promise<Uint8Array | undefined> {
  const out = new Uint8Array(wanted);
  let at = 0;
  for await (const bytes of response.body ?? []) {
    if (at + bytes.length > wanted) return undefined;
    out.set(bytes, at);
    at += bytes.length;
  }
  return at === wanted ? out : undefined;
}
