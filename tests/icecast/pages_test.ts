import { assert, assertEquals } from "@std/assert";
import { parseXmlStreamFromBytes } from "@std/xml";
import { ListenerUsers } from "../../lib/icecast/auth/listener_users.ts";
import { ADMIN, eventually, ServerRig } from "./server_rig.ts";
import { RawClient } from "../http/raw_client.ts";

const HOSTILE = `<script>alert("1")</script>&'`;

/** Elements and text of a page that is well-formed. */
async function read(response: Response) {
  assertEquals(
    response.headers.get("content-type"),
    "text/html; charset=utf-8",
  );
  const policy = response.headers.get("content-security-policy") ?? "";
  assert(policy.includes("default-src 'none'"), policy);
  const page = (await response.text()).replace("<!DOCTYPE html>\n", "");
  const bytes = new TextEncoder().encode(page);
  const elements: { name: string; attributes: Record<string, string> }[] = [];
  let text = "";
  await parseXmlStreamFromBytes(ReadableStream.from([bytes]), {
    onStartElement(name, _colon, _uri, attributes) {
      const given: Record<string, string> = {};
      for (let i = 0; i < attributes.count; i++) {
        given[attributes.getName(i)] = attributes.getValue(i);
      }
      elements.push({ name, attributes: given });
    },
    onText: (more) => void (text += `${more}|`),
  });
  const links = elements.flatMap(({ attributes }) => attributes.href ?? []);
  /** Every form as the address that its button asks for. */
  const forms: string[] = [];
  for (const { name, attributes } of elements) {
    if (name === "form") forms.push(`${attributes.action}?`);
    if (name !== "input" || attributes.type !== "hidden") continue;
    const value = encodeURIComponent(attributes.value!);
    forms.push(`${forms.pop()}${attributes.name}=${value}&`);
  }
  return { elements, text, links, forms };
}

Deno.test("/status.xsl tells people what is on, in Icecast's words, and no script comes in by a name", async () => {
  await using rig = await ServerRig.open();
  const nothing = await read(await rig.get("/status.xsl"));
  assert(nothing.text.includes("Nothing is on the air."));
  const mount = rig.addMount();
  mount.describe({
    name: HOSTILE,
    url: "javascript:alert(1)",
    bitrate: 128_000,
  });
  mount.setTitle(HOSTILE);
  rig.addMount("/hidden.mp3").describe({ isHidden: true });
  const page = await read(await rig.get("/status.xsl"));
  for (
    const words of [
      "Mount Point /stream.mp3|",
      "Stream Name:|<script>",
      "Content Type:|audio/mpeg|",
      "Listeners (current):|0|",
      "Bitrate:|128|",
      "Currently playing:|<script>",
    ]
  ) assert(page.text.includes(words), `${words} in ${page.text}`);
  assert(!page.elements.some(({ name }) => name === "script"));
  assert(!page.text.includes("hidden.mp3"));
  assert(!page.links.some((x) => x.startsWith("javascript")));
  assert(page.links.includes("/stream.mp3.m3u"));
  const version = await read(await rig.get("/server_version.xsl"));
  assert(version.text.includes("Version|Alluvium|"));
});

Deno.test("admin pages ask for the password, and show what programs get as XML", async () => {
  const users = new ListenerUsers({ "/users.mp3": {} });
  await using rig = await ServerRig.open({ users });
  for (const path of ["/a.mp3", "/b.mp3", "/users.mp3"]) rig.addMount(path);
  for (const path of ["", "stats.xsl", "listclients.xsl?mount=/a.mp3"]) {
    const response = await rig.get(`/admin/${path}`);
    assertEquals(response.status, 401);
    await response.body?.cancel();
  }
  const page = async (path: string) =>
    await read(await rig.get(`/admin/${path}`, ADMIN));
  for (const path of ["", "stats.xsl"]) {
    const { text, links } = await page(path);
    assert(text.includes("Mount Point /a.mp3|"), text);
    assert(text.includes("listener_peak|0|"), text);
    assert(links.includes("/admin/listclients.xsl?mount=%2Fa.mp3"));
    assertEquals(links.filter((x) => x.includes("manageauth")), [
      "/admin/manageauth.xsl?mount=%2Fusers.mp3",
    ]);
  }
  assert((await page("listmounts.xsl")).text.includes("content-type|audio"));
  const xml = await rig.get("/admin/stats", ADMIN);
  assertEquals(xml.headers.get("content-type"), "text/xml; charset=utf-8");
  await xml.body?.cancel();
  const unknown = await rig.get("/admin/nope.xsl", ADMIN);
  assertEquals(unknown.status, 400);
  await unknown.body?.cancel();
});

Deno.test("every button of the admin pages does what it says", async () => {
  const users = new ListenerUsers({ "/users.mp3": {} });
  await using rig = await ServerRig.open({ users });
  for (const path of ["/a.mp3", "/b.mp3", "/users.mp3"]) rig.addMount(path);
  const page = async (path: string) => await read(await rig.get(path, ADMIN));
  const press = async (path: string, wanted: RegExp, more = "") => {
    const { forms } = await page(path);
    const found = forms.find((form) => wanted.test(form));
    assert(found !== undefined, `${wanted} in ${forms}`);
    return (await page(found + more)).text;
  };
  const listen = async () => {
    const client = await RawClient.open(rig.front.port);
    await client.send("GET /a.mp3 HTTP/1.0\r\nUser-Agent: <p>\r\n\r\n");
    await client.until(/\r\n\r\n/);
    return client;
  };
  const count = (path: string) => rig.mounts.get(path)!.listeners;
  using first = await listen();
  const clients = "/admin/listclients.xsl?mount=/a.mp3";
  assert((await page(clients)).text.includes("|<p>|"));
  assert((await press(clients, /killclient/)).includes("removed|"));
  await eventually(() => count("/a.mp3") === 0);
  using second = await listen();
  const move = "/admin/moveclients.xsl?mount=/a.mp3";
  await press(move, /destination=%2Fb\.mp3/);
  assertEquals([count("/a.mp3"), count("/b.mp3")], [0, 1]);
  const song = `song=${encodeURIComponent("Jürgen & Söhne")}`;
  await press("/admin/updatemetadata.xsl?mount=/a.mp3", /metadata/, song);
  assertEquals(rig.mounts.get("/a.mp3")!.title, "Jürgen & Söhne");
  const manage = "/admin/manageauth.xsl?mount=/users.mp3";
  const joe = "username=joe&password=x";
  assert((await press(manage, /action=add/, joe)).includes("User added|"));
  assert((await press(manage, /username=joe/)).includes("User deleted|"));
  assertEquals(users.names("/users.mp3"), []);
  using source = await rig.accepted("/a.mp3");
  assert((await press("/admin/stats.xsl", /killsource\.xsl\?mount=%2Fa/))
    .includes("Source Removed|"));
  await source.toEnd();
  void first, second;
});
