/**
 * The response headers of two servers, compared line by line. What is meant to
 * differ, and why, stands in docs/icecast.md.
 *
 * @module
 */
import { createConnection } from "node:net";

/** The head of a stream, asked for as players do; without its date. */
export function headersOf(url: string): Promise<string[]> {
  const { hostname, port, pathname } = new URL(url);
  const socket = createConnection(Number(port), hostname);
  socket.write(
    `GET ${pathname} HTTP/1.1\r\nHost: ${hostname}:${port}\r\nIcy-MetaData: 1\r\n\r\n`,
  );
  let text = "";
  return new Promise((resolve, reject) => {
    socket.on("error", reject);
    socket.on("data", (bytes: Uint8Array) => {
      text += new TextDecoder("latin1").decode(bytes);
      const end = text.indexOf("\r\n\r\n");
      if (end < 0) return;
      socket.destroy();
      const lines = text.slice(0, end).split("\r\n");
      resolve(lines.filter((line) => !line.startsWith("Date:")));
    });
  });
}

/** Prints what only one of them says. */
export function printDifferences(
  theirs: readonly string[],
  ours: readonly string[],
): void {
  console.log("\nHeaders (- icecast2, + alluvium):");
  for (const line of theirs) if (!ours.includes(line)) console.log(`- ${line}`);
  for (const line of ours) if (!theirs.includes(line)) console.log(`+ ${line}`);
}
