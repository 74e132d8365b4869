import assert from "node:assert/strict";
import { WebSocket } from "ws";
import { Inbox, within } from "./time.js";

const SEPARATOR = "\x1e";

const NORMAL = 1000;
const NO_CODE = 1005;

/** An Engine.IO session over HTTP long-polling, request by request. */
export class Polling {
  static async open(server, path = "/engine.io/") {
    const url = `${server.url}${path}?EIO=4&transport=polling`;
    const response = await fetch(url);
    assert.equal(response.status, 200);
    const text = await response.text();
    assert.equal(text[0], "0");
    return new Polling(url, JSON.parse(text.slice(1)));
  }

  constructor(url, handshake) {
    this.handshake = handshake;
    this.sid = handshake.sid;
    this.url = `${url}&sid=${this.sid}`;
  }

  request(options) {
    return fetch(this.url, options);
  }

  /** Polls once; the answer's status and text. */
  async poll(options) {
    const response = await this.request(options);
    return { status: response.status, body: await response.text(), headers: response.headers };
  }

  async post(body, headers = {}) {
    const response = await this.request({ method: "POST", body, headers });
    return { status: response.status, body: await response.text(), headers: response.headers };
  }

  /** Polls until a packet other than ping and noop is there; answers pings. */
  async packets() {
    for (;;) {
      const { status, body } = await this.poll();
      assert.equal(status, 200, body);
      const packets = body.split(SEPARATOR);
      if (packets.includes("2")) await this.post("3");
      const rest = packets.filter((packet) => packet !== "2" && packet !== "6");
      if (rest.length) return rest;
    }
  }

  async assertOpen() {
    await this.post("4still here?");
    assert.deepEqual(await this.packets(), ["4still here?"]);
  }

  async assertClosed() {
    const { status, body } = await this.poll();
    assert.equal(status, 400);
    assert.deepEqual(JSON.parse(body), { code: 1, message: "Session ID unknown" });
  }
}

/** A plain WebSocket with Engine.IO packets on it; answers pings unless told not to. */
export class Wire {
  #inbox = new Inbox();
  #closed;

  /** Opens a session and takes its open packet. */
  static async open(server, path = "/engine.io/", options = {}) {
    const wire = await Wire.dial(server, `${path}?EIO=4&transport=websocket`, options);
    const open = await wire.next();
    assert.equal(open[0], "0");
    wire.handshake = JSON.parse(open.slice(1));
    return wire;
  }

  /** A second connection for a polling session, which is not upgraded yet. */
  static probe(server, polling, path = "/engine.io/") {
    return Wire.dial(server, `${path}?EIO=4&transport=websocket&sid=${polling.sid}`);
  }

  static async dial(server, pathAndQuery, options) {
    const wire = new Wire(new WebSocket(`${server.wsUrl}${pathAndQuery}`), options);
    await within(3000, "the WebSocket handshake", wire.opened);
    return wire;
  }

  constructor(socket, { heartbeat = true } = {}) {
    this.socket = socket;
    this.opened = new Promise((resolve, reject) => {
      socket.once("open", resolve);
      socket.once("error", reject);
      socket.once("unexpected-response", (_request, response) => {
        response.resume();
        reject(Object.assign(new Error(`HTTP ${response.statusCode}`), { status: response.statusCode }));
      });
    });
    socket.on("error", () => {});
    this.#closed = new Promise((resolve) => socket.once("close", (code) => resolve(code)));
    socket.on("message", (data, isBinary) => {
      if (heartbeat && !isBinary && data.length === 1 && data[0] === 0x32) socket.send("3");
      else this.#inbox.put(isBinary ? data : data.toString());
    });
  }

  send(...packets) {
    for (const packet of packets) this.socket.send(packet);
  }

  next(ms) {
    return this.#inbox.next(ms);
  }

  async take(count) {
    const packets = [];
    while (packets.length < count) packets.push(await this.next());
    return packets;
  }

  /** What has come and was not taken. */
  get rest() {
    return this.#inbox.rest;
  }

  /** The close code, once the connection is closed. */
  closed(ms = 2000) {
    return within(ms, "closing", this.#closed);
  }

  /** Waits until the server has closed without complaint: the protocols name no code, and clients do not look at it. */
  async closedNormally(ms) {
    const code = await this.closed(ms);
    assert.ok(code === NORMAL || code === NO_CODE, `close code ${code}`);
  }

  /** The server answers, and nothing else was waiting before that answer. */
  async assertEcho(text = "still here?") {
    this.send(`4${text}`);
    assert.equal(await this.next(), `4${text}`);
  }

  end() {
    this.socket.terminate();
  }
}
