/**
 * Names for what a file is when it is nothing we can play, so that the message
 * says more than "unknown". Signatures only; nothing is parsed.
 *
 * @module
 */
import { hasAscii, u16be, u32be } from "./bytes.ts";

/** One kind of file: its name in a sentence, and how to tell. */
interface Kind {
  name: string;
  test(head: Uint8Array): boolean;
}

const starts = (text: string) => (head: Uint8Array) => hasAscii(head, 0, text);

const KINDS: Kind[] = [
  { name: "a web page (HTML)", test: isHtml },
  { name: "XML text", test: (head) => /^<\?xml/i.test(beginning(head)) },
  {
    name: "JSON text",
    test: (head) => /^[{[]\s*["{[\]}]/.test(beginning(head)),
  },
  { name: "an HLS or M3U playlist", test: starts("#EXTM3U") },
  { name: "WAV", test: (head) => hasAscii(head, 8, "WAVE") },
  { name: "AIFF", test: (head) => hasAscii(head, 8, "AIF") },
  { name: "a PDF document", test: starts("%PDF-") },
  { name: "a ZIP archive", test: (head) => u32be(head, 0) === 0x504b0304 },
  { name: "gzip data", test: (head) => u16be(head, 0) === 0x1f8b },
  { name: "a PNG picture", test: (head) => u32be(head, 0) === 0x89504e47 },
  { name: "a JPEG picture", test: (head) => u32be(head, 0) >>> 8 === 0xffd8ff },
];

/** What a file that begins with `head` is, as in "it is …"; `undefined` when unknown. */
export function foreignFormat(head: Uint8Array): string | undefined {
  return KINDS.find((kind) => kind.test(head))?.name;
}

/** The first letters, without byte order mark, blanks and comments. */
function beginning(head: Uint8Array): string {
  const text = new TextDecoder().decode(head.subarray(0, 512));
  return text.replace(/^(\s|<!--[\s\S]*?-->)+/, "");
}

function isHtml(head: Uint8Array): boolean {
  return /^<(!doctype\s+html|html|head|body|title|script)\b/i
    .test(beginning(head));
}
