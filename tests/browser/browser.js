import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import http from "node:http";
import path from "node:path";
import { after } from "node:test";
import { chromium } from "playwright-core";

const here = import.meta.dirname;
const TIMEOUT = 10_000;
const FILES = {
  "/": ["text/html", "page/index.html"],
  "/chat.js": ["text/javascript", "page/chat.js"],
  "/socket.io.esm.min.js": ["text/javascript", "node_modules/socket.io-client/dist/socket.io.esm.min.js"],
};
const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  // A microphone that beeps, which every page may use, and sound that needs no click.
  "--use-fake-device-for-media-stream",
  "--use-fake-ui-for-media-stream",
  "--autoplay-policy=no-user-gesture-required",
];

const pages = http.createServer(async ({ url }, response) => {
  const [type, file] = FILES[new URL(url, "http://page").pathname] ?? [];
  if (!file) return response.writeHead(204).end();
  response.writeHead(200, { "Content-Type": `${type}; charset=utf-8` });
  response.end(await readFile(path.join(here, file)));
});
pages.listen(0, "127.0.0.1");
await once(pages, "listening");

/** Where the pages come from, which is not where the server is. */
export const ORIGIN = `http://localhost:${pages.address().port}`;

const executablePath = execFileSync(path.join(here, "../../scripts/find-chromium"), {
  encoding: "utf8",
}).trim();
const browser = await chromium.launch({ executablePath, args: FLAGS, timeout: 30_000 });
after(async () => {
  await browser.close();
  pages.close();
});

let count = 0;
let errors = [];

/** Somebody with a browser of their own that shows the chat. */
export class Person {
  /** Opens the page and makes an account whose name begins like this. */
  static async arrive(server, name, transports) {
    const person = new Person(`${name}-${++count}`, await openPage(server, transports));
    person.user = await person.page.evaluate((username) => window.chat.register(username), person.username);
    await person.sees("#connection", "here");
    return person;
  }

  constructor(username, page) {
    Object.assign(this, { username, page });
  }

  get id() {
    return this.user._id;
  }

  open(conversation) {
    return this.page.evaluate((conversation) => window.chat.open(conversation), conversation);
  }

  /** Asks over HTTP, as the page does. */
  ask(route, body) {
    return this.page.evaluate(([route, body]) => window.chat.ask(route, body), [route, body]);
  }

  types(text) {
    return this.page.getByLabel("Message").fill(text);
  }

  async say(text, picture) {
    await this.types(text);
    if (picture) await this.page.getByLabel("Picture").setInputFiles(picture);
    await this.page.getByText("Send").click();
  }

  /** Waits until an element with this text shows. */
  async sees(selector, text) {
    await this.page.locator(selector, { hasText: text }).waitFor({ timeout: TIMEOUT });
  }

  /** The messages that show, from top to bottom. */
  messages() {
    return this.page.locator("#messages li").allTextContents();
  }

  /** The payloads of an event that the page got since it was loaded. */
  got(name) {
    return this.page.evaluate(
      (name) => window.chat.events.filter((event) => event.name === name).map(({ payload }) => payload),
      name,
    );
  }
}

/** Opens the page in a browser profile of its own. */
export async function openPage(server, transports = ["polling", "websocket"], origin = ORIGIN) {
  const context = await browser.newContext();
  const page = await context.newPage();
  page.setDefaultTimeout(TIMEOUT);
  page.on("pageerror", (error) => errors.push(error.message));
  await page.goto(`${origin}/?${new URLSearchParams({ server: server.url, transports })}`);
  return page;
}

/** Closes every page; none of them may have had an error that it did not expect. */
export async function leave() {
  await Promise.all(browser.contexts().map((context) => context.close()));
  const unexpected = errors;
  errors = [];
  assert.deepEqual(unexpected, []);
}
