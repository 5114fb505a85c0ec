/**
 * Everything a listening command opens, opened and closed together: the swarm's
 * node, the radio, the front port with page, API and mounts.
 *
 * @module
 */
import { Front } from "../../http/front.ts";
import { isLoopbackAddress } from "../../http/host_policy.ts";
import { MountTable } from "../../icecast/mount_table.ts";
import type { PeerNode } from "../../peer/node.ts";
import { playerRoutes } from "../../player/api.ts";
import type { CommandContext } from "../command.ts";
import { frontPolicy } from "../front_options.ts";
import { startNode } from "../swarm_options.ts";
import { waitingMountRoutes } from "./mount_wait.ts";
import type { RADIO_OPTIONS } from "./options.ts";
import { Radio } from "./radio.ts";

/** A context whose command has {@linkcode RADIO_OPTIONS}. */
export type RadioContext = CommandContext<typeof RADIO_OPTIONS>;

/** What differs from command to command. */
export interface SessionSettings {
  /** Address the front port is bound to. */
  hostname: string;
  /** Every station at `/<name>/stream…`. */
  prefixed: boolean;
  /** Whether scripts of other sites may read the streams. */
  crossOrigin: boolean;
  /** Take any free port where the wanted one is taken. @default {false} */
  fallbackPorts?: boolean;
}

/** One listening program. */
export class RadioSession {
  readonly radio: Radio;
  readonly front: Front;
  readonly node: PeerNode;

  private constructor(radio: Radio, front: Front, node: PeerNode) {
    this.radio = radio;
    this.front = front;
    this.node = node;
  }

  /**
   * Opens the front port and the swarm's; nothing is tuned yet.
   *
   * @throws AlluviumError `address-in-use`, `storage`
   */
  static async open(
    context: RadioContext,
    settings: SessionSettings,
  ): Promise<RadioSession> {
    const { clock, random, log, options } = context;
    const node = await startNode(context);
    const mounts = new MountTable();
    const radio = new Radio({
      opener: node,
      mounts,
      clock,
      random,
      log,
      ...(options.gateway.length > 0 ? { gateways: options.gateway } : {}),
      fromStart: options["from-start"],
      prefixed: settings.prefixed,
    });
    try {
      const front = await listen(context, settings, radio, mounts);
      return new RadioSession(radio, front, node);
    } catch (error) {
      await node.close();
      throw error;
    }
  }

  /** Ends everything, in the order of the data. */
  async close(): Promise<void> {
    await this.radio.close();
    await this.front.close();
    await this.node.close();
  }
}

function listen(
  { clock, log, options }: RadioContext,
  settings: SessionSettings,
  radio: Radio,
  mounts: MountTable,
): Promise<Front> {
  const publicUrl = options["public-url"];
  return Front.listen({
    hostname: settings.hostname,
    port: options.port,
    fallbackPorts: settings.fallbackPorts ?? false,
    clock,
    log,
    ...frontPolicy(options),
    routes: [
      ...playerRoutes({
        host: radio,
        token: secret(),
        nonce: secret,
        isLocal: (info) => isLoopbackAddress(info.remoteAddress),
      }),
      ...waitingMountRoutes(mounts, {
        clock,
        crossOrigin: settings.crossOrigin,
        ...(publicUrl === undefined ? {} : { publicUrl }),
      }),
    ],
  });
}

/** 16 random bytes as hex digits. */
function secret(): string {
  return crypto.getRandomValues(new Uint8Array(16)).toHex();
}
