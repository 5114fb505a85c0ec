import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { PLAYLIST_TITLE_CHARACTERS_MAX } from "../../lib/limits.ts";
import { cleanText } from "../../lib/playlist/text.ts";

Deno.test("cleanText() joins white space and takes control characters out", () => {
  assertEquals(cleanText("\n  Two\t\tlines \n"), {
    text: "Two lines",
    hadControls: false,
    cut: false,
  });
  assertEquals(cleanText("a\u0000\u001b[31mb\u009f"), {
    text: "a [31mb",
    hadControls: true,
    cut: false,
  });
});

Deno.test("cleanText() cuts at PLAYLIST_TITLE_CHARACTERS_MAX without halving a character", () => {
  const long = "x".repeat(PLAYLIST_TITLE_CHARACTERS_MAX - 1) + "🎵 and on";
  const { text, cut } = cleanText(long);
  assert(cut);
  assertEquals(text, "x".repeat(PLAYLIST_TITLE_CHARACTERS_MAX - 1));
});

Deno.test("cleanText() of any text is clean, and cleaning it again changes nothing", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: "binary", maxLength: 50 }),
      fc.nat(40),
      (raw, max) => {
        const { text } = cleanText(raw, max);
        assert(text.length <= max && text.isWellFormed());
        assert(!/\p{Cc}/u.test(text));
        assertEquals(cleanText(text, max), {
          text,
          hadControls: false,
          cut: false,
        });
      },
    ),
  );
});
