/**
 * One webtorrent peer over TCP, for the comparisons. `rivals.ts` copies it to
 * where webtorrent lies, which is none of our dependencies; so it imports nothing
 * of ours.
 *
 *     webtorrent_peer.ts make FILE TORRENT [WEBSEED]
 *     webtorrent_peer.ts seed|fetch FOLDER TORRENT PORT [PEER_PORT,…]
 *
 * A seed prints "ready" and serves until it is killed. A fetch ends when all
 * bytes are verified and written, or, with PEER_PORTs, goes on sharing until its
 * input ends.
 *
 * @module
 */
import { Buffer } from "node:buffer";

interface Torrent {
  addPeer(address: string): void;
  on(event: "done", then: () => void): void;
}

interface Client {
  add(
    torrent: Buffer,
    options: { path: string; announce: string[]; skipVerify: boolean },
    then: (torrent: Torrent) => void,
  ): void;
  on(event: "error", then: (error: Error) => void): void;
  destroy(then: () => void): void;
}

type CreateTorrent = (
  file: string,
  options: Record<string, unknown>,
  then: (error: Error | null, torrent: Uint8Array) => void,
) => void;

const [role, ...words] = Deno.args;
if (role === "make") await make(words);
else await run(role === "seed", words);

async function make([file, torrent, seedUrl]: string[]): Promise<void> {
  const path = "create-torrent";
  const { default: create } = await import(path) as { default: CreateTorrent };
  const options = {
    pieceLength: 512 * 1024,
    announceList: [],
    private: true,
    urlList: seedUrl === undefined ? [] : [seedUrl],
  };
  const bytes = await new Promise<Uint8Array>((resolve, reject) =>
    create(
      file!,
      options,
      (error, made) => error ? reject(error) : resolve(made),
    )
  );
  await Deno.writeFile(torrent!, bytes);
}

async function run(
  seeds: boolean,
  [folder, torrent, port, peers]: string[],
): Promise<void> {
  const path = "webtorrent";
  const { default: WebTorrent } = await import(path);
  const client: Client = new WebTorrent({
    ...{ dht: false, tracker: false, lsd: false, utp: false, utPex: true },
    ...{ natUpnp: false, natPmp: false, torrentPort: Number(port) },
  });
  client.on("error", (error) => {
    console.error(error);
    Deno.exit(1);
  });
  const bytes = Buffer.from(await Deno.readFile(torrent!));
  const options = { path: folder!, announce: [], skipVerify: seeds };
  client.add(bytes, options, (added) => {
    if (seeds) return console.log("ready");
    for (const peer of (peers ?? "").split(",").filter((one) => one !== "")) {
      added.addPeer(`127.0.0.1:${peer}`);
    }
    added.on("done", () => done(client));
  });
}

/** Everything is here: it says so, and ends once its input does. */
async function done(client: Client): Promise<void> {
  console.log("done");
  for await (const _ of Deno.stdin.readable);
  client.destroy(() => Deno.exit(0));
}
