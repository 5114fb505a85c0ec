import { assertEquals, assertLess } from "@std/assert";
import fc from "fast-check";
import { PLAYLIST_URL_CHARACTERS_MAX } from "../../lib/limits.ts";
import {
  fileNameOf,
  quoted,
  readUrl,
  relativeUrl,
} from "../../lib/playlist/urls.ts";

const BASE = "https://radio.example/station/playlist.rss";

Deno.test("readUrl() resolves against the playlist's own URL and takes the fragment off", () => {
  assertEquals(readUrl("a%20b.mp3#t", BASE), {
    url: "https://radio.example/station/a%20b.mp3",
  });
  assertEquals(readUrl("//cdn.example/a b.mp3", BASE), {
    url: "https://cdn.example/a%20b.mp3",
  });
  assertEquals(readUrl("HTTP://Cdn.Example/A", BASE), {
    url: "http://cdn.example/A",
  });
});

Deno.test("readUrl() refuses every scheme but http and https", () => {
  for (
    const text of [
      "file:///etc/passwd",
      "javascript:alert(1)",
      "data:audio/mpeg,x",
      "ftp://a/b",
      "blob:https://a/b",
      "FILE:a",
    ]
  ) {
    assertEquals(readUrl(text, BASE), { reason: "url-not-http" }, text);
  }
  for (const text of ["", "  ", "http://", "https://a b/"]) {
    assertEquals(readUrl(text, BASE), { reason: "bad-url" }, text);
  }
});

Deno.test("readUrl() lets only a local playlist name files, and only relatively", () => {
  const local = "file:///music/playlist.rss";
  assertEquals(readUrl("a.mp3", local), { url: "file:///music/a.mp3" });
  assertEquals(readUrl("file:///etc/passwd", local), {
    reason: "url-not-http",
  });
  assertEquals(readUrl("//host/share/a.mp3", local), {
    reason: "url-not-http",
  });
});

Deno.test("readUrl() refuses a URL past PLAYLIST_URL_CHARACTERS_MAX", () => {
  const long = "https://a.example/" + "x".repeat(PLAYLIST_URL_CHARACTERS_MAX);
  assertEquals(readUrl(long, BASE), { reason: "bad-url" });
});

Deno.test("relativeUrl() leads back to the URL it was made of", () => {
  const part = fc.constantFrom("a", "b.mp3", "x:y", "%20", "", "c d", "..");
  const path = fc.array(part, { maxLength: 4 }).map((parts) =>
    "/" + parts.join("/")
  );
  const tail = fc.constantFrom("", "?q=1", "#2026-01-01T00:00:00Z", "?a#b");
  fc.assert(fc.property(path, tail, path, (to, end, from) => {
    const url = new URL("https://radio.example" + to + end).href;
    const base = new URL("https://radio.example" + from).href;
    assertEquals(URL.parse(relativeUrl(url, base), base)?.href, url);
  }));
  assertEquals(
    relativeUrl("https://radio.example/station/a.mp3", BASE),
    "a.mp3",
  );
  assertEquals(
    relativeUrl("https://radio.example/x/a.mp3", BASE),
    "../x/a.mp3",
  );
  assertEquals(
    relativeUrl("https://other.example/a.mp3", BASE),
    "https://other.example/a.mp3",
  );
});

Deno.test("fileNameOf() names a file for people", () => {
  assertEquals(
    fileNameOf("https://a.example/x/S%C3%A9ance.mp3?y"),
    "Séance.mp3",
  );
  assertEquals(fileNameOf("https://a.example/100%.mp3"), "100%.mp3");
});

Deno.test("quoted() shortens and tames foreign text", () => {
  assertEquals(quoted(" a\u0007\nb "), '"a b"');
  assertLess(quoted("x".repeat(10_000)).length, 100);
});
