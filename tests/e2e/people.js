import assert from "node:assert/strict";
import { after, it } from "node:test";
import { io as newest } from "socket.io-client";
import { io as oldest } from "socket.io-client-4.0";
import { until, within } from "./time.js";

const TEST_TIMEOUT = 30_000;
const PASSWORD = "correct horse battery";

/** The official clients that must work unchanged, over every transport. */
export const clients = [
  ["4.0.0", oldest],
  ["newest", newest],
].flatMap(([version, io]) =>
  Object.entries({
    websocket: { transports: ["websocket"] },
    polling: { transports: ["polling"] },
    "polling with upgrade": {},
  }).map(([transport, options]) => ({ name: `${version} over ${transport}`, io, options })),
);

export const anyClient = clients.find(({ name }) => name === "newest over websocket");

const devices = new Set();
const lasting = new Set();
const undocumented = [];
after(() => [...devices, ...lasting].forEach((device) => device.leave()));

/** Declares a test; its devices are disconnected behind it. */
export function test(name, options, body) {
  if (typeof options === "function") return test(name, {}, options);
  return it(name, { timeout: TEST_TIMEOUT, ...options }, async (context) => {
    try {
      await body(context);
      assert.deepEqual(undocumented, []);
    } finally {
      undocumented.length = 0;
      for (const device of devices) device.leave();
      devices.clear();
    }
  });
}

/** Declares a test for each of the {@link clients}. */
export function forEachClient(name, body) {
  for (const client of clients) test(`${client.name}: ${name}`, () => body(client));
}

let count = 0;

/** Somebody with an account. */
export class Person {
  /** Registers somebody whose name begins like this. */
  static async register(server, name) {
    const username = `${name}-${process.pid}-${++count}`;
    const body = { username, email: `${username}@example.com`, password: PASSWORD };
    const answer = await server.request("POST", "/api/auth/register", { body });
    assert.equal(answer.status, 201, JSON.stringify(answer.body));
    return new Person(server, { ...body, ...answer.body });
  }

  static registerAll(server, ...names) {
    return Promise.all(names.map((name) => Person.register(server, name)));
  }

  constructor(server, { username, email, password, token, user }) {
    Object.assign(this, { server, username, email, password, token, user, id: user._id });
  }

  /** A device of theirs that is connected. */
  async connect(client = anyClient, options = {}) {
    const device = this.device(client, options);
    await device.arrival();
    return device;
  }

  /** A device of theirs that is about to connect. */
  device(client = anyClient, options = {}) {
    return new Device(this.server, client, { auth: { token: this.token }, ...options });
  }

  /** Asks over HTTP; the answer's body. */
  async ask(method, route, body) {
    const answer = await this.server.request(method, route, { token: this.token, body });
    assert.equal(answer.body.success, true, `${method} ${route}: ${JSON.stringify(answer.body)}`);
    return answer.body;
  }

  /** Uploads as a browser does; the answer's body. */
  async upload(name, content) {
    const form = new FormData();
    form.append("file", new File([content], name));
    const headers = { Authorization: `Bearer ${this.token}` };
    const response = await fetch(`${this.server.url}/api/upload`, { method: "POST", headers, body: form });
    return response.json();
  }

  async createGroup(name, ...others) {
    const body = { type: "group", name, participants: others.map(({ id }) => id) };
    const { conversation } = await this.ask("POST", "/api/conversations", body);
    return conversation;
  }

  /** The whole history of a conversation, page by page. */
  async history(conversationId) {
    const all = [];
    for (let more = true; more;) {
      const before = all.length ? `&before=${all[0].seq}` : "";
      const page = await this.ask("GET", `/api/conversations/${conversationId}/messages?limit=100${before}`);
      all.unshift(...page.messages);
      more = page.hasBefore;
    }
    return all;
  }

  async conversations() {
    const { conversations } = await this.ask("GET", "/api/conversations?limit=100");
    return conversations;
  }
}

/** One connection of the official client, and every event that it got. */
export class Device {
  #events = [];
  #cursors = new Map();

  constructor(server, { io, options }, more) {
    this.socket = io(server.url, { forceNew: true, reconnection: false, ...options, ...more });
    this.server = server;
    this.socket.onAny((name, payload) => {
      this.#events.push({ name, payload });
      // A handler has nobody to tell: the test does it at its end.
      try {
        server.documents.checkEvent(name, payload);
      } catch (error) {
        undocumented.push(error.message);
      }
    });
    devices.add(this);
  }

  get connected() {
    return this.socket.connected;
  }

  arrival(ms = 10_000) {
    const answer = new Promise((resolve, reject) => {
      this.socket.once("connect", resolve);
      this.socket.once("connect_error", reject);
    });
    return within(ms, "connect", answer);
  }

  /** Why the server refuses the connection. */
  async refusal() {
    const error = await this.arrival().then(
      () => assert.fail("the connection was not refused"),
      (error) => error,
    );
    assert.equal(this.connected, false);
    return error.message;
  }

  /** Sends an event; the first argument of its acknowledgement. */
  async send(event, ...args) {
    const answer = new Promise((resolve) => this.socket.emit(event, ...args, resolve));
    const ack = await within(10_000, `the ack of ${event} ${JSON.stringify(args).slice(0, 200)}`, answer);
    this.server.documents.checkAck(event, ack);
    return ack;
  }

  /** Sends what must be accepted. */
  async sendOk(event, ...args) {
    const ack = await this.send(event, ...args);
    assert.equal(ack.success, true, `${event}: ${JSON.stringify(ack)}`);
    return ack;
  }

  /** How many events it got so far, of any name. */
  get heard() {
    return this.#events.length;
  }

  /** What it got behind the first so many. */
  heardSince(count) {
    return this.#events.slice(count);
  }

  /** Has got everything that was queued for it before. */
  async caughtUp() {
    await this.sendOk("leave_group", "");
  }

  /** Outlives the test that connected it. */
  stay() {
    devices.delete(this);
    lasting.add(this);
    return this;
  }

  /** The payloads of this event so far. */
  got(name) {
    return this.#events.filter((event) => event.name === name).map(({ payload }) => payload);
  }

  /** The next event of this name that was not asked for yet. */
  async gets(name, ms = 5000) {
    const index = this.#cursors.get(name) ?? 0;
    await until(`event ${name}`, () => this.got(name).length > index, ms);
    this.#cursors.set(name, index + 1);
    return this.got(name)[index];
  }

  /** What came of these events and was not asked for. */
  unasked(...names) {
    return names.flatMap((name) => this.got(name).slice(this.#cursors.get(name) ?? 0));
  }

  leave() {
    this.socket.disconnect();
  }
}
