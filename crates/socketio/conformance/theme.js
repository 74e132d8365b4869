import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, it } from "node:test";
import { io } from "socket.io-client";
import { Server } from "./server.js";

export { sleep } from "./time.js";

/** What the example server is set to. */
export const PING_INTERVAL = 300;
export const PING_TIMEOUT = 200;
export const CONNECT_TIMEOUT = 1000;
export const MAX_PAYLOAD = 1_000_000;

const TEST_TIMEOUT = 15_000;

/**
 * Declares the tests of one theme. They share a server and a bystander, a well-behaved client; after
 * each test the server must be running and the bystander still connected and answered.
 */
export function theme(name, declare) {
  describe(name, () => {
    const server = new Server();
    const bystander = new Bystander(server);
    before(() => server.start());
    beforeEach(() => bystander.arrive());
    afterEach(() => bystander.assertUnharmed());
    after(async () => {
      bystander.leave();
      await server.stop();
    });
    declare(server);
  });
}

/** Like `it` of node:test, bounded in time. */
export function test(name, options, body) {
  if (typeof options === "function") return it(name, { timeout: TEST_TIMEOUT }, options);
  return it(name, { timeout: TEST_TIMEOUT, ...options }, body);
}

class Bystander {
  #socket = null;
  #id = null;
  #stall = new Stall();

  constructor(server) {
    this.server = server;
  }

  async arrive() {
    this.#stall.start();
    if (this.#socket?.connected) return;
    this.#socket?.disconnect();
    this.#socket = io(this.server.url, {
      transports: ["websocket"],
      forceNew: true,
      reconnection: false,
      perMessageDeflate: false,
    });
    await new Promise((resolve, reject) => {
      this.#socket.on("connect", resolve);
      this.#socket.on("connect_error", reject);
    });
    this.#id = this.#socket.id;
  }

  async assertUnharmed() {
    this.server.assertRunning();
    try {
      await this.#assertAnswered();
    } catch (error) {
      if (this.#stall.longest <= PING_TIMEOUT / 2) throw error;
      // The bystander lives in this process, and may have lost its connection to its own missing pongs.
      this.#socket.disconnect();
      await this.arrive();
      await this.#assertAnswered();
    }
  }

  async #assertAnswered() {
    assert.equal(this.#socket.connected, true, "another client lost its connection");
    assert.equal(this.#socket.id, this.#id, "another client had to reconnect");
    const echo = await this.#socket.timeout(3000).emitWithAck("message-with-ack", this.#id);
    assert.equal(echo, this.#id);
  }

  leave() {
    this.#stall.stop();
    this.#socket?.disconnect();
  }
}

/** Notices when this process itself was too busy to answer a ping in time. */
class Stall {
  #timer = null;
  #last = 0;
  #longest = 0;

  start() {
    this.stop();
    this.#last = performance.now();
    this.#longest = 0;
    this.#timer = setInterval(() => this.#look(), 10);
  }

  stop() {
    clearInterval(this.#timer);
  }

  #look() {
    const now = performance.now();
    this.#longest = Math.max(this.#longest, now - this.#last);
    this.#last = now;
  }

  get longest() {
    this.#look();
    return this.#longest;
  }
}
