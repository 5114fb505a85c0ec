/**
 * What whoever runs a server sets for single mounts, whoever fills them. Icecast
 * calls it a `<mount>` section.
 *
 * @module
 */
import { AlluviumError } from "../errors.ts";

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
