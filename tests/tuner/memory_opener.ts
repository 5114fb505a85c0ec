/**
 * A swarm in memory: every byte is here, nothing is fetched.
 *
 * @module
 */
import { loadDemoMedia } from "../../lib/cli/demo_media.ts";
import { AlluviumError } from "../../lib/errors.ts";
import type { Item } from "../../lib/playlist/playlist.ts";
import type { FileOpener, SwarmFile } from "../../lib/tuner/files.ts";

/** The bundled MP3 files, as if they lay in a folder of the web. */
export async function demoOpener(folder: string): Promise<MemoryOpener> {
  const opener = new MemoryOpener();
  for (const { name, bytes } of await loadDemoMedia()) {
    opener.files.set(folder + name, bytes);
  }
  return opener;
}

/** Files by URL. */
export class MemoryOpener implements FileOpener {
  readonly files = new Map<string, Uint8Array>();

  open(item: Item): Promise<SwarmFile> {
    const bytes = this.files.get(item.url);
    if (bytes === undefined) {
      throw new AlluviumError("not-found", "Got 404", { url: item.url });
    }
    return Promise.resolve({
      url: item.url,
      size: bytes.length,
      read: (offset, length) =>
        Promise.resolve(bytes.subarray(offset, offset + length)),
      setPlayhead: () => {},
      waitMs: () => 0,
      progress: () => ({ bytesHeld: bytes.length, bytes: bytes.length }),
      close: () => {},
    });
  }

  status() {
    return {
      peers: 0,
      bytesFromPeers: 0,
      bytesFromOrigin: 0,
      bytesToPeers: 0,
      duplicateBytes: 0,
      badChunks: 0,
      deadlineMisses: 0,
    };
  }
}
