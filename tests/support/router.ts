/**
 * A router that lets others in, as a program for a machine of `network.ts`:
 *
 *     deno run -A tests/support/router.ts pmp|upnp ADDRESS
 *
 * It speaks NAT-PMP (RFC 6886), or UPnP's Internet Gateway Device 2, as far as a
 * listener needs it; gives port 7999 whatever is asked for, and prints each
 * request as a line of JSON. It is as strict as the standards: a port is given
 * back by the number that was given, and by its protocol.
 *
 * @module
 */
import { createSocket } from "node:dgram";

const [kind, address = ""] = Deno.args;
const GIVEN_PORT = 7999;
const HTTP_PORT = 5000;
const DEVICE = "urn:schemas-upnp-org:device:InternetGatewayDevice:2";
const SERVICE = "urn:schemas-upnp-org:service:WANIPConnection:2";
/** Codes of UPnP for arguments that are wrong, and for an entry that is not there. */
const INVALID_ARGS = 402;
const NO_SUCH_ENTRY = 714;

const say = (line: unknown) => console.log(JSON.stringify(line));

function speakPmp(): void {
  const socket = createSocket({ type: "udp4", reuseAddr: true });
  socket.on("message", (message: Uint8Array, from) => {
    const asked = new DataView(message.buffer, message.byteOffset);
    const opcode = asked.getUint8(1);
    const answer = new DataView(new ArrayBuffer(opcode === 0 ? 12 : 16));
    answer.setUint8(1, opcode + 128);
    if (opcode === 0) {
      [203, 0, 113, 1].forEach((b, i) => answer.setUint8(8 + i, b));
    } else {
      const [internal, seconds] = [asked.getUint16(4), asked.getUint32(8)];
      const external = asked.getUint16(6);
      say({ internal, external, seconds, udp: opcode === 1 });
      answer.setUint16(8, internal);
      answer.setUint16(10, seconds === 0 ? 0 : GIVEN_PORT);
      answer.setUint32(12, seconds);
    }
    socket.send(new Uint8Array(answer.buffer), from.port, from.address);
  });
  socket.bind(5351, () => say("ready"));
}

/** Answers the search for a gateway device, then what is asked of it. */
function speakUpnp(): void {
  const socket = createSocket({ type: "udp4", reuseAddr: true });
  socket.on("message", (message: Uint8Array, from) => {
    const text = new TextDecoder().decode(message);
    if (!text.startsWith("M-SEARCH") || !text.includes(DEVICE)) return;
    say({ search: from.address });
    const lines = [
      "HTTP/1.1 200 OK",
      "CACHE-CONTROL: max-age=1800",
      "EXT:",
      `LOCATION: http://${address}:${HTTP_PORT}/device.xml`,
      "SERVER: test UPnP/1.1 test/1",
      `ST: ${DEVICE}`,
      `USN: uuid:3d3cec3a-8cf0-11e0-98ee-001a6bd2d07b::${DEVICE}`,
      "\r\n",
    ];
    socket.send(lines.join("\r\n"), from.port, from.address);
  });
  socket.bind(1900, () => {
    socket.addMembership("239.255.255.250", address);
    const onListen = () => say("ready");
    Deno.serve({ hostname: address, port: HTTP_PORT, onListen }, serveUpnp);
  });
}

async function serveUpnp(request: Request): Promise<Response> {
  const headers = { "content-type": 'text/xml; charset="utf-8"' };
  if (request.method === "GET") return new Response(DESCRIPTION, { headers });
  const body = await request.text();
  const field = (name: string) =>
    body.match(new RegExp(`<${name}>([^<]*)<`))?.[1] ?? "";
  const action = request.headers.get("soapaction")?.match(/#(\w+)/)?.[1] ?? "";
  const answered = act(action, field);
  const inside = typeof answered === "number"
    ? `<s:Fault><faultcode>s:Client</faultcode><faultstring>UPnPError</faultstring><detail><UPnPError xmlns="urn:schemas-upnp-org:control-1-0"><errorCode>${answered}</errorCode><errorDescription>no</errorDescription></UPnPError></detail></s:Fault>`
    : `<u:${action}Response xmlns:u="${SERVICE}">${answered}</u:${action}Response>`;
  return new Response(
    `<?xml version="1.0"?><s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" s:encodingStyle="http://schemas.xmlsoap.org/soap/encoding/"><s:Body>${inside}</s:Body></s:Envelope>`,
    { headers, status: typeof answered === "number" ? 500 : 200 },
  );
}

/** What an action answers, or the code of its error. */
function act(
  action: string,
  field: (name: string) => string,
): string | number {
  const external = Number(field("NewExternalPort"));
  const protocol = field("NewProtocol");
  switch (action) {
    case "GetExternalIPAddress":
      return "<NewExternalIPAddress>203.0.113.1</NewExternalIPAddress>";
    case "AddAnyPortMapping": {
      const internal = Number(field("NewInternalPort"));
      const seconds = Number(field("NewLeaseDuration"));
      const client = field("NewInternalClient");
      say({ internal, external, seconds, protocol, client });
      return `<NewReservedPort>${GIVEN_PORT}</NewReservedPort>`;
    }
    case "DeletePortMapping": {
      if (protocol !== "TCP") return INVALID_ARGS;
      if (external !== GIVEN_PORT) return NO_SUCH_ENTRY;
      say({ deleted: external });
      return "";
    }
    default:
      return 401;
  }
}

const DESCRIPTION = `<?xml version="1.0"?>
<root xmlns="urn:schemas-upnp-org:device-1-0"><specVersion><major>1</major><minor>1</minor></specVersion>
<device><deviceType>${DEVICE}</deviceType><friendlyName>test</friendlyName><UDN>uuid:3d3cec3a-8cf0-11e0-98ee-001a6bd2d07b</UDN>
<deviceList><device><deviceType>urn:schemas-upnp-org:device:WANDevice:2</deviceType>
<deviceList><device><deviceType>urn:schemas-upnp-org:device:WANConnectionDevice:2</deviceType>
<serviceList><service><serviceType>${SERVICE}</serviceType><serviceId>urn:upnp-org:serviceId:WANIPConn1</serviceId>
<controlURL>/control</controlURL><eventSubURL>/event</eventSubURL><SCPDURL>/scpd.xml</SCPDURL></service></serviceList>
</device></deviceList></device></deviceList></device></root>`;

if (kind === "pmp") speakPmp();
else speakUpnp();
