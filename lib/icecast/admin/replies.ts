/**
 * Icecast's three kinds of admin answer: a document, a small yes or no, a page
 * that names an error. Programs look for these very words.
 *
 * @module
 */
import { NO_CACHE_HEADERS } from "../response_head.ts";
import { escapeXml, xmlDocument, type XmlElement } from "./xml.ts";

/** An answer: a document, which programs get as XML and people as a page, or whatever else it is. */
export type AdminReply = Response | XmlElement;

/** A document of statistics or lists, `<icestats>…`. */
export function stats(content: readonly XmlElement[]): XmlElement {
  return { name: "icestats", content };
}

/** `<iceresponse>`: what was done, and 1, or why not, and 0. */
export function iceResponse(message: string, isDone: boolean): XmlElement {
  return {
    name: "iceresponse",
    content: [
      { name: "message", content: message },
      { name: "return", content: isDone ? 1 : 0 },
    ],
  };
}

/** A document as programs get it. */
export function xmlReply(document: XmlElement): Response {
  return page(200, "text/xml; charset=utf-8", xmlDocument(document));
}

/** A page that says it was done. */
export function success(message: string): Response {
  return page(
    200,
    "text/html; charset=utf-8",
    `<html><head><title>Admin request successful</title></head><body><p>${
      escapeXml(message)
    }</p></body></html>`,
  );
}

/** A page that names an error. */
export function refusal(status: 400 | 403 | 404, message: string): Response {
  return page(
    status,
    "text/html; charset=utf-8",
    `<html><head><title>Error ${status}</title></head><body><b>${status} - ${
      escapeXml(message)
    }</b></body></html>\r\n`,
  );
}

/** Asks for a password. */
export function unauthorized(): Response {
  return page(
    401,
    "text/plain; charset=utf-8",
    "You need to authenticate\r\n",
    { "WWW-Authenticate": 'Basic realm="Icecast2 Server"' },
  );
}

/** Any other text. */
export function page(
  status: number,
  contentType: string,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): Response {
  const bytes = new TextEncoder().encode(body);
  return new Response(bytes, {
    status,
    headers: {
      "Content-Type": contentType,
      "Content-Length": String(bytes.length),
      "X-Content-Type-Options": "nosniff",
      ...NO_CACHE_HEADERS,
      ...headers,
    },
  });
}
