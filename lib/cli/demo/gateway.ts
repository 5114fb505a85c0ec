/**
 * The demo's gateway: what `alluvium gateway --allow-private` is, on loopback
 * and with nothing kept between runs.
 *
 * @module
 */
import { createGateway, MemoryStore } from "../../gateway/mod.ts";
import { Front } from "../../http/front.ts";
import type { CommandContext } from "../command.ts";

/** Bytes of files it may keep: all of the bundled media, several times. */
const KEEP_BYTES = 16 * 1024 * 1024;

/** A gateway that runs. */
export interface DemoGateway {
  /** Its address, with a slash at the end. */
  readonly url: string;
  /** Ends it. */
  close(): Promise<void>;
}

/**
 * Starts a gateway.
 *
 * @param folder for the files it keeps
 */
export async function startDemoGateway(
  { clock, random, log }: CommandContext,
  folder: string,
): Promise<DemoGateway> {
  const gateway = await createGateway({
    store: new MemoryStore(),
    folder,
    keepBytes: KEEP_BYTES,
    allowPrivate: true,
    clock,
    random,
    log: (level, message, detail) => log(level, `Gateway: ${message}`, detail),
  });
  const front = await Front.listen({
    routes: gateway.routes,
    sockets: gateway.sockets,
    hostname: "127.0.0.1",
    port: 7170,
    fallbackPorts: true,
    clock,
  });
  gateway.listening(front.port);
  return {
    url: front.url,
    async close() {
      await gateway.close();
      await front.close();
    },
  };
}
