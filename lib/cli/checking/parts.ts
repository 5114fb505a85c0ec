/**
 * Parts of a media file, wherever it lies, as `check` reads them.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { AlluviumError } from "../../errors.ts";
import type { RandomAccess } from "../../media/random_access.ts";

/** What reading a file takes. */
export interface PartsOptions {
  fetch: typeof fetch;
  signal: AbortSignal;
}

/**
 * A file by its parts.
 *
 * @param size its bytes
 */
export function accessTo(
  url: string,
  size: number,
  options: PartsOptions,
): RandomAccess {
  return {
    size,
    read: (offset, length, signal) => {
      const end = Math.min(size, offset + length);
      if (end <= offset) return Promise.resolve(new Uint8Array(0));
      return url.startsWith("file:")
        ? readPart(fileURLToPath(url), offset, end)
        : fetchPart(url, offset, end, {
          ...options,
          ...(signal ? { signal } : {}),
        });
    },
  };
}

async function readPart(
  path: string,
  offset: number,
  end: number,
): Promise<Uint8Array> {
  using file = await Deno.open(path);
  await file.seek(offset, Deno.SeekMode.Start);
  const bytes = new Uint8Array(end - offset);
  for (let at = 0; at < bytes.length;) {
    const read = await file.read(bytes.subarray(at));
    if (read === null) throw unknown("the file is shorter than it was");
    at += read;
  }
  return bytes;
}

async function fetchPart(
  url: string,
  offset: number,
  end: number,
  { fetch, signal }: PartsOptions,
): Promise<Uint8Array> {
  const range = `bytes=${offset}-${end - 1}`;
  const answer = await fetch(url, {
    headers: { range, "accept-encoding": "identity" },
    signal,
  });
  const given = answer.headers.get("content-range") ?? "";
  if (given.startsWith(`bytes ${offset}-${end - 1}/`)) {
    return new Uint8Array(await answer.arrayBuffer());
  }
  await answer.body?.cancel();
  throw unknown(`asked for ${range}, got "${given}"`);
}

/** Nothing is said of such a file. */
export function unknown(why: string): AlluviumError {
  return new AlluviumError(
    "media-unreachable",
    `Cannot look into the file: ${why}`,
  );
}
