/**
 * The demo's whole network in one process: a station on a web server, a gateway,
 * three listeners. All of it on loopback, on free ports where the usual ones are
 * taken, in one folder that goes away at the end.
 *
 * @module
 */
import { join } from "node:path";
import type { CommandContext } from "../command.ts";
import { resolveOptions } from "../options.ts";
import { RADIO_OPTIONS } from "../radio/options.ts";
import { type RadioContext, RadioSession } from "../radio/session.ts";
import { type DemoGateway, startDemoGateway } from "./gateway.ts";
import { DemoOrigin } from "./origin.ts";

/** How many listen. */
const LISTENERS = 3;

/** Everything the demo runs. */
export class DemoNetwork {
  readonly origin: DemoOrigin;
  readonly listeners: readonly RadioSession[];
  readonly #close: AsyncDisposableStack;

  private constructor(
    origin: DemoOrigin,
    listeners: readonly RadioSession[],
    close: AsyncDisposableStack,
  ) {
    this.origin = origin;
    this.listeners = listeners;
    this.#close = close;
  }

  /**
   * Starts everything; the listeners are tuned when it resolves.
   *
   * @param port of the first listener; the others take the next ones
   */
  static async start(
    context: CommandContext,
    port: number,
  ): Promise<DemoNetwork> {
    await using open = new AsyncDisposableStack();
    const folder = await Deno.makeTempDir({ prefix: "alluvium-demo-" });
    open.defer(() => Deno.remove(folder, { recursive: true }));
    const within = async (name: string) => {
      const path = join(folder, name);
      await Deno.mkdir(path);
      return path;
    };
    const origin = await DemoOrigin.start(
      await within("station"),
      context.clock,
    );
    open.defer(() => origin.close());
    const gateway: DemoGateway = await startDemoGateway(
      context,
      await within("gateway"),
    );
    open.defer(() => gateway.close());
    await origin.broadcast(gateway.url, context.signal);
    const listeners: RadioSession[] = [];
    for (let i = 0; i < LISTENERS; i++) {
      const session = await RadioSession.open(
        listenerContext(context, port + i, await within(`listener-${i + 1}`)),
        {
          hostname: "127.0.0.1",
          prefixed: false,
          crossOrigin: false,
          fallbackPorts: true,
        },
      );
      open.defer(() => session.close());
      listeners.push(session);
    }
    await Promise.all(
      listeners.map(({ radio }) => radio.tune(origin.playlist)),
    );
    return new DemoNetwork(origin, listeners, open.move());
  }

  /** Ends everything and removes the folder. */
  close(): Promise<void> {
    return this.#close.disposeAsync();
  }
}

/** What a listener of the demo is told: as `alluvium listen` with a few options. */
function listenerContext(
  context: CommandContext,
  port: number,
  cache: string,
): RadioContext {
  const number = cache.at(-1);
  return {
    ...context,
    log: (level, message, detail) =>
      context.log(level, `Listener ${number}: ${message}`, detail),
    options: resolveOptions(RADIO_OPTIONS, [{
      port: String(port > 65_535 ? 0 : port),
      "swarm-port": "0",
      "no-lan": true,
      "no-port-map": true,
      cache,
      "cache-size": "64M",
    }]),
  };
}
