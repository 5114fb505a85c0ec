/** @module */
import { AlluviumError } from "../../errors.ts";
import type { Track } from "../packet.ts";
export function openOgg(): Promise<Track> {
  return Promise.reject(
    new AlluviumError("media-rejected", "Cannot play Ogg yet"),
  );
}
