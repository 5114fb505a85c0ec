import { assertEquals } from "@std/assert";
import { toAlluviumError } from "../lib/errors.ts";

/** What a failed `fetch` is told as. */
async function told(url: string): Promise<string> {
  try {
    await fetch(url);
  } catch (error) {
    return toAlluviumError(error).message;
  }
  throw new Error("It did not fail");
}

Deno.test("what fetch throws is told with its reason", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  assertEquals(await told(`http://127.0.0.1:${port}/a`), "Connection refused");
});

Deno.test("a reason without the frame that is around all of them", () => {
  const frame = "error sending request for url (http://a.example/(1)): ";
  const cases: [string, string][] = [
    [
      "client error (Connect): dns error: failed to lookup address information: Name or service not known",
      "Name or service not known",
    ],
    [
      "client error (Connect): invalid peer certificate: UnknownIssuer",
      "invalid peer certificate: UnknownIssuer",
    ],
    [
      "client error (SendRequest): connection closed before message completed",
      "connection closed before message completed",
    ],
  ];
  for (const [message, reason] of cases) {
    const cause = new Error(frame + message);
    const error = new TypeError("fetch failed", { cause });
    assertEquals(toAlluviumError(error).message, reason);
  }
  assertEquals(
    toAlluviumError(new TypeError("fetch failed")).message,
    "fetch failed",
  );
  assertEquals(toAlluviumError("x").message, "x");
});
