/**
 * Everything a listening command opens, opened and closed together: the swarm's
 * node, the radio, the front port with page, API and mounts.
 *
 * @module
 */
import { Front } from "../../http/front.ts";
import { isLoopbackAddress } from "../../http/host_policy.ts";
import type { IcecastServer } from "../../icecast/server.ts";
import { MountTable } from "../../icecast/mount_table.ts";
import type { PeerNode } from "../../peer/node.ts";
import { playerRoutes } from "../../player/api.ts";
import type { Playlist } from "../../playlist/playlist.ts";
import type { CommandContext } from "../command.ts";
import { frontPolicy } from "../front_options.ts";
import { type IcecastOptionValues, openIcecast } from "../icecast_options.ts";
import { sharingNotice, startNode, uploadLimit } from "../swarm_options.ts";
import { stationBitrate } from "./bitrate.ts";
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
  /** Who may send, administer and listen. @default {nobody, nobody, everyone} */
  icecast?: IcecastOptionValues;
}

/** One listening program. */
export class RadioSession {
  readonly radio: Radio;
  readonly node: PeerNode;
  readonly #context: RadioContext;
  #front: Front | undefined;
  #icecast: IcecastServer | undefined;
  #limitBitsPerSecond: number;

  private constructor(
    context: RadioContext,
    settings: SessionSettings,
    node: PeerNode,
    mounts: MountTable,
  ) {
    const { clock, random, log, options } = context;
    this.#context = context;
    this.#limitBitsPerSecond = uploadLimit(context, 0);
    this.node = node;
    this.radio = new Radio({
      opener: node,
      mounts,
      clock,
      random,
      log,
      ...(options.gateway.length > 0 ? { gateways: options.gateway } : {}),
      fromStart: options["from-start"],
      prefixed: settings.prefixed,
      onTuned: (playlists) => this.#limitUploads(playlists),
    });
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
    const node = await startNode(context);
    const mounts = new MountTable();
    const session = new RadioSession(context, settings, node, mounts);
    try {
      await session.#listen(settings, mounts);
      return session;
    } catch (error) {
      await session.close();
      throw error;
    }
  }

  /** Opens the front, and Shoutcast's port where sources may come. */
  async #listen(settings: SessionSettings, mounts: MountTable): Promise<void> {
    const context = this.#context;
    const { clock, log, options } = context;
    const publicUrl = options["public-url"];
    const policy = frontPolicy(options);
    const icecast = await openIcecast(settings.icecast, {
      mounts,
      clock,
      log,
      allowedHosts: policy.allowedHosts,
      ...(publicUrl === undefined ? {} : { publicUrl }),
    });
    this.#icecast = icecast;
    this.#front = await listen(
      context,
      settings,
      this.radio,
      mounts,
      icecast,
    );
    const { hostname } = settings;
    const port = this.#front.port + 1;
    if (port <= 65_535) {
      await icecast.openShoutcast({ ...policy, hostname, port });
    }
  }

  /** The page's address, with a slash at the end. */
  get url(): string {
    return this.#front!.url;
  }

  /** What a person should know who takes part; the limit is that of the stations tuned. */
  get sharingNotice(): string {
    return sharingNotice(this.#context, this.#limitBitsPerSecond);
  }

  /** Ends everything, in the order of the data. */
  async close(): Promise<void> {
    await this.radio.close();
    await this.#icecast?.close();
    await this.#front?.close();
    await this.node.close();
  }

  /** Links and gateways are told the limit once, so it is set before the first is dialled. */
  #limitUploads(playlists: readonly Playlist[]): void {
    const bitrate = playlists.map(stationBitrate).reduce((a, b) => a + b, 0);
    this.#limitBitsPerSecond = uploadLimit(this.#context, bitrate);
    this.node.limitUploads(this.#limitBitsPerSecond / 8);
  }
}

function listen(
  { clock, log, options }: RadioContext,
  settings: SessionSettings,
  radio: Radio,
  mounts: MountTable,
  icecast: IcecastServer,
): Promise<Front> {
  const publicUrl = options["public-url"];
  return Front.listen({
    hostname: settings.hostname,
    port: options.port,
    fallbackPorts: settings.fallbackPorts ?? false,
    clock,
    log,
    ...frontPolicy(options),
    ...icecast.front,
    routes: [
      ...icecast.routes,
      ...playerRoutes({
        host: radio,
        token: secret(),
        nonce: secret,
        isLocal: (info) => isLoopbackAddress(info.remoteAddress),
      }),
      ...waitingMountRoutes(mounts, {
        ...icecast.mountOptions,
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
