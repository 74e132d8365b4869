import { once } from "node:events";
import { WebSocket } from "ws";
import { within } from "../e2e/time.js";

/**
 * A device that costs next to nothing, where hundreds are needed: a WebSocket that speaks just enough Engine.IO
 * and Socket.IO. It keeps no events; `onEvent`, if there is one, gets each with its payload.
 */
export class LeanDevice {
  #socket;
  #onEvent;
  #acks = new Map();
  #emitted = 0;
  #join = {};

  /** A connected device of the person. */
  static async connect(person, onEvent) {
    const device = new LeanDevice(person, onEvent);
    await within(20_000, "connect", device.connected);
    return device;
  }

  constructor({ server, token }, onEvent) {
    this.#onEvent = onEvent;
    this.#socket = new WebSocket(`${server.url.replace("http", "ws")}/socket.io/?EIO=4&transport=websocket`, {
      perMessageDeflate: false,
    });
    this.#socket.on("open", () => this.#socket.send(`40${JSON.stringify({ token })}`));
    this.#socket.on("message", (data) => this.#take(data.toString()));
    this.connected = new Promise((resolve, reject) => (this.#join = { resolve, reject }));
    this.closed = new Promise((resolve) => this.#socket.once("close", resolve));
    this.#socket.on("error", (error) => this.#join.reject(error));
    this.closed.then(() => this.#join.reject(new Error("closed before it was connected")));
    this.connected.catch(() => {});
  }

  get isOpen() {
    return this.#socket.readyState === WebSocket.OPEN;
  }

  /** Sends an event; `onAck` gets what answers it, if anything ever does. */
  emit(name, payload, onAck) {
    this.#acks.set(++this.#emitted, onAck);
    this.#socket.send(`42${this.#emitted}${JSON.stringify([name, payload])}`);
  }

  /** Sends an event; the first argument of its acknowledgement. */
  send(name, payload) {
    return within(20_000, `the ack of ${name}`, new Promise((resolve) => this.emit(name, payload, resolve)));
  }

  /** Reads nothing from the connection until {@link resume}. */
  pause() {
    this.#socket.pause();
  }

  resume() {
    this.#socket.resume();
  }

  async leave() {
    if (this.#socket.readyState === WebSocket.CLOSED) return;
    const closed = once(this.#socket, "close");
    this.#socket.terminate();
    await closed;
  }

  #take(packet) {
    if (packet === "2") return this.#socket.send("3");
    if (packet.startsWith("40")) return this.#join.resolve();
    if (packet.startsWith("44")) return this.#join.reject(new Error(packet.slice(2)));
    if (packet.startsWith("42")) return this.#onEvent?.(...JSON.parse(packet.slice(2)));
    const ack = /^43(\d+)/.exec(packet);
    if (!ack) return;
    const id = Number(ack[1]);
    const onAck = this.#acks.get(id);
    this.#acks.delete(id);
    onAck?.(JSON.parse(packet.slice(ack[0].length))[0]);
  }
}
