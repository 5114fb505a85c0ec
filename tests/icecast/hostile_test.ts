/**
 * What hostile, broken and slow clients do, and that the other listeners notice
 * nothing of it: each gets every byte, in time, under its title.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { createConnection, type Socket } from "node:net";
import { systemClock } from "../../lib/clock.ts";
import type { FrontOptions } from "../../lib/http/front.ts";
import type { Mount } from "../../lib/icecast/mount.ts";
import {
  HTTP_HEAD_MS_MAX,
  ICY_METADATA_BYTES_MAX,
  ICY_METADATA_INTERVAL_BYTES,
  LISTENER_QUEUE_BYTES_MAX,
  SOURCE_BYTES_PER_SECOND_MAX,
  SOURCE_TEXT_CHARACTERS_MAX,
} from "../../lib/limits.ts";
import { concatBytes } from "../../lib/media/bytes.ts";
import { RawClient } from "../http/raw_client.ts";
import { makeFrames } from "../media/synthetic.ts";
import { FakeClock, settle } from "../support/fakeclock.ts";
import { deinterleave, streamTitle } from "./deinterleave.ts";
import { FakePlayer } from "./fake_player.ts";
import { ADMIN, eventually, ServerRig, sourceHead } from "./server_rig.ts";

const FRAMES = makeFrames(40);

/** Somebody who listens throughout. */
class Witness {
  readonly player = new FakePlayer();
  #sent = 0;

  constructor(private readonly mount: Mount) {
    mount.attach(this.player, {
      icy: true,
      remoteAddress: "192.0.2.1",
      userAgent: "",
      connectedAtMs: 0,
      counts: true,
    });
  }

  /** The station plays on for a second. */
  async play(title: string): Promise<void> {
    const data = concatBytes(FRAMES);
    this.#sent += data.length;
    this.mount.push({
      data,
      durationMs: 1045,
      header: new Uint8Array(0),
      title,
    });
    await settle();
  }

  /** Every byte is here, under the title of the moment. */
  check(title: string): void {
    const parts = deinterleave(
      this.player.received,
      ICY_METADATA_INTERVAL_BYTES,
    );
    assertEquals(parts.audio.length, this.#sent);
    assertEquals(streamTitle(parts.titles.at(-1)!.text), title);
    assertEquals(this.player.destroyed, false);
  }
}

async function withWitness(
  run: (rig: ServerRig, witness: Witness, mount: Mount) => Promise<void>,
  front: Partial<FrontOptions> = {},
): Promise<void> {
  const rig = await ServerRig.open({ clock: new FakeClock() }, front);
  try {
    const mount = rig.addMount();
    const witness = new Witness(mount);
    await witness.play("Before");
    await run(rig, witness, mount);
    for (const title of ["After", "Still there"]) await witness.play(title);
    witness.check("Still there");
  } finally {
    await rig[Symbol.asyncDispose]();
  }
}

Deno.test("slowloris: heads that come byte by byte end after the time limit, also those of sources", async () => {
  await withWitness(async (rig, witness) => {
    const clock = rig.clock as FakeClock;
    const heads = [
      "GET / HTTP/1.1\r\nX: ",
      "SOURCE /x ICE/1.0\r\nX: ",
      "PUT",
      "S",
    ];
    const clients = [];
    for (const head of heads) {
      const client = await RawClient.open(rig.front.port);
      await client.send(head);
      clients.push(client);
    }
    for (let ms = 0; ms < HTTP_HEAD_MS_MAX; ms += 1000) {
      await clock.advance(1000);
      await witness.play(`Second ${ms}`);
      for (const client of clients) await client.send("x");
    }
    await clock.advance(1000);
    for (const client of clients) {
      await client.toEnd();
      client[Symbol.dispose]();
    }
    await eventually(() => rig.front.connections === 0);
  });
});

Deno.test("half-open sockets: a source that vanished without a word is noticed, a listener that never reads is dropped", async () => {
  await withWitness(async (rig, witness, mount) => {
    const clock = rig.clock as FakeClock;
    using source = await rig.accepted("/live.mp3");
    const dead = new FakePlayer(1024);
    dead.stall();
    mount.attach(dead, {
      icy: false,
      remoteAddress: "192.0.2.9",
      userAgent: "",
      connectedAtMs: 0,
      counts: true,
    });
    for (let bytes = 0; bytes <= 2 * LISTENER_QUEUE_BYTES_MAX;) {
      await witness.play("Meanwhile");
      bytes += concatBytes(FRAMES).length;
    }
    assertEquals([mount.listeners, mount.slowListeners], [1, 1]);
    assert(dead.destroyed);
    await clock.advance(11_000);
    assertEquals(rig.server.live.count, 0);
    void source;
  });
});

Deno.test("connections beyond the limits are refused, those that are on stay", async () => {
  await withWitness(async (rig) => {
    const open = [];
    for (let i = 0; i < 20; i++) {
      open.push(await RawClient.open(rig.front.port));
    }
    await eventually(() => rig.front.connections === 20);
    using more = await RawClient.open(rig.front.port);
    assert(/^HTTP\/1\.1 503 /.test(await more.toEnd()));
    for (const client of open) client[Symbol.dispose]();
  }, { limits: { total: 20 } });
});

Deno.test("listeners that come and vanish at once leave nothing behind", async () => {
  await withWitness(async (rig, _witness, mount) => {
    const request = "GET /stream.mp3 HTTP/1.1\r\nHost: localhost\r\n\r\n";
    for (let round = 0; round < 10; round++) {
      const clients = await Promise.all(
        Array.from({ length: 30 }, () => RawClient.open(rig.front.port)),
      );
      for (const client of clients) {
        if (round % 2 === 0) await client.send(request);
        else void client.send(request.slice(0, 20 + round));
      }
      for (const client of clients) client[Symbol.dispose]();
    }
    await eventually(() => rig.front.connections === 0);
    assertEquals([mount.listeners, mount.slowListeners], [1, 0]);
  });
});

Deno.test("a listener that reads a byte a second is dropped at its queue's limit", async () => {
  await withWitness(async (_rig, witness, mount) => {
    const slow = new FakePlayer(1024);
    mount.attach(slow, {
      icy: false,
      remoteAddress: "192.0.2.9",
      userAgent: "",
      connectedAtMs: 0,
      counts: true,
    });
    slow.stall();
    let seconds = 0;
    while (!slow.destroyed && seconds < 1000) {
      await witness.play("Meanwhile");
      // One write in a minute is what a byte a second amounts to at the socket.
      if (++seconds % 60 === 0) {
        slow.resumeReading();
        slow.stall();
      }
    }
    assert(slow.destroyed);
    assertEquals([mount.listeners, mount.slowListeners], [1, 1]);
  });
});

Deno.test("over a real connection too, however much the system buffers", async () => {
  await withWitness(async (rig, witness, mount) => {
    using slow = await Deno.connect({ port: rig.front.port });
    const request = new TextEncoder().encode(
      "GET /stream.mp3 HTTP/1.0\r\n\r\n",
    );
    await slow.write(request);
    await eventually(() => mount.listeners === 2);
    const byte = new Uint8Array(1);
    for (let n = 0; n < 2000 && mount.slowListeners === 0; n++) {
      await slow.read(byte);
      await witness.play(`Second ${n}`);
    }
    assertEquals([mount.listeners, mount.slowListeners], [1, 1]);
    await eventually(() => rig.front.connections === 0);
  });
});

Deno.test("a source that sends garbage at 1 Gbit/s is read no faster than the limit, and dropped", async () => {
  await withWitness(async (rig, witness) => {
    const clock = rig.clock as FakeClock;
    const socket: Socket = createConnection(rig.front.port, "127.0.0.1");
    const garbage = crypto.getRandomValues(new Uint8Array(65_536));
    let sent = 0;
    socket.on("error", () => {});
    socket.write(sourceHead("/live.bin", ["Content-Type: application/x-any"]));
    const flood = () => {
      while (!socket.destroyed && socket.write(garbage)) sent += garbage.length;
    };
    socket.on("drain", flood).on("connect", flood);
    socket.resume();
    await eventually(() =>
      (rig.server.live.session("/live.bin")?.bytesRead ?? 0) > 0
    );
    const session = rig.server.live.session("/live.bin")!;
    const startMs = systemClock.monotonic();
    for (let second = 1; second <= 4; second++) {
      await clock.advance(1000);
      for (let i = 0; i < 200; i++) await clock.advance(0);
      await witness.play(`Second ${second}`);
      const allowed = (second + 2) * SOURCE_BYTES_PER_SECOND_MAX;
      assert(session.bytesRead <= allowed, `${session.bytesRead} > ${allowed}`);
    }
    assert(systemClock.monotonic() - startMs < 4000, "the server was busy");
    assert(rig.server.live.kill("/live.bin"));
    socket.destroy();
  });
});

Deno.test("a title of 10 kB is cut, a mount with `..` or control characters is none", async () => {
  await withWitness(async (rig, witness, mount) => {
    const long = encodeURIComponent("☃".repeat(3400));
    const url = `/admin/metadata?mount=/stream.mp3&mode=updinfo&song=${long}`;
    const response = await rig.get(url.slice(0, 12_000), ADMIN);
    assertEquals(response.status, 200);
    await response.body?.cancel();
    assertEquals(mount.title.length <= SOURCE_TEXT_CHARACTERS_MAX, true);
    await witness.play("☃".repeat(3400));
    const parts = deinterleave(
      witness.player.received,
      ICY_METADATA_INTERVAL_BYTES,
    );
    for (const { text } of parts.titles) {
      assert(new TextEncoder().encode(text).length <= ICY_METADATA_BYTES_MAX);
    }
    for (
      const path of [
        "/../etc/passwd",
        "/a/../b",
        "/a%2e%2e/\u0001",
        "/%00",
        "//x/",
        "/a b",
        "/\u007f",
      ]
    ) {
      using client = await rig.source(sourceHead(path));
      const answer = await client.toEnd();
      assert(/^HTTP\/1\.[01] 400 /.test(answer), `${path}: ${answer}`);
    }
    assertEquals(rig.mounts.all().length, 1);
  });
});
