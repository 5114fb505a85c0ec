/**
 * A browser that no one here wrote, for the tests of the page.
 *
 * @module
 */
import { type Browser, chromium, type Page } from "playwright-core";
import { program } from "../support/programs.ts";

/** Debian's Chromium. */
export const CHROMIUM = program("chromium");

/** No first run, no background traffic, and sound without a person's gesture. */
const ARGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--autoplay-policy=no-user-gesture-required",
];

/** A page in a fresh browser; `await using` ends both. */
export interface OpenPage extends AsyncDisposable {
  readonly page: Page;
  /** What its script complained of. */
  readonly complaints: string[];
  /** Addresses it asked that are not of `url`'s origin. */
  readonly strangers: string[];
}

/** Opens a page. */
export async function openPage(url: string): Promise<OpenPage> {
  const browser: Browser = await chromium.launch({
    executablePath: CHROMIUM.required(),
    args: ARGS,
  });
  const page = await browser.newPage();
  const complaints: string[] = [];
  const strangers: string[] = [];
  page.on("pageerror", (error) => void complaints.push(error.message));
  page.on("console", (message) => {
    if (message.type() === "error") complaints.push(message.text());
  });
  page.on("request", (request) => {
    const asked = new URL(request.url());
    const isOwn = asked.origin === new URL(url).origin;
    if (!isOwn && asked.protocol !== "data:") strangers.push(asked.href);
  });
  await page.goto(url);
  return {
    page,
    complaints,
    strangers,
    [Symbol.asyncDispose]: () => browser.close(),
  };
}
