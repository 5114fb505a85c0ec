/**
 * What whoever runs a server sets for single mounts, whoever fills them. Icecast
 * calls it a `<mount>` section.
 *
 * @module
 */
import { AlluviumError } from "../errors.ts";
import type { MountInfo } from "./mount_info.ts";

/** Of one mount; what is absent is as everywhere. */
export interface MountSettings {
  /** Path of the mount that is heard while nothing else is. */
  fallback?: string;
  /** Listeners at a time. */
  listenersMax?: number;
  /** Milliseconds after which a listener is let go. */
  durationMsMax?: number;
  /** Of ICY titles, for players that know no other. */
  charset?: string;
  /** Not to be listed by status pages and `streamlist.txt`. */
  isHidden?: boolean;
  /** How long the mount waits for its source to come back, in ms. */
  reconnectMs?: number;
  /** What it is called, whatever its source says; then all else a source says of itself is passed over too. */
  name?: string;
  /** What it is about. */
  description?: string;
  /** E.g. `Jazz`. */
  genre?: string;
  /** Its page. */
  url?: string;
}

/** What a mount says of itself because it was set. */
export function settingsInfo(settings: MountSettings): Partial<MountInfo> {
  const { isHidden, name, description, genre, url } = settings;
  return {
    ...(isHidden === undefined ? {} : { isHidden }),
    ...(name === undefined ? {} : { name }),
    ...(description === undefined ? {} : { description }),
    ...(genre === undefined ? {} : { genre }),
    ...(url === undefined ? {} : { url }),
  };
}

/** By the mounts' paths. */
export type SettingsTable = Readonly<Record<string, MountSettings>>;

/**
 * Looks for fallbacks that lead back to where they began.
 *
 * @throws AlluviumError `usage` where there are some
 */
export function checkFallbacks(table: SettingsTable): void {
  for (const path of Object.keys(table)) {
    const passed = new Set<string>();
    for (
      let at: string | undefined = path;
      at !== undefined;
      at = Object.hasOwn(table, at) ? table[at]!.fallback : undefined
    ) {
      if (passed.has(at)) {
        throw new AlluviumError(
          "usage",
          `Cannot fall back from ${path}: its fallbacks go in a circle`,
          { field: "mount" },
        );
      }
      passed.add(at);
    }
  }
}
