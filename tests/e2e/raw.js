import { once } from "node:events";
import { WebSocket } from "ws";
import { until } from "./time.js";

/** A WebSocket to the Socket.IO server that says what no official client would. */
export class Raw {
  #socket;
  #lastAck = 0;

  /** The packets that came, as text. */
  packets = [];
  /** The close code, once it is closed. */
  closed = null;

  static async open(server, token) {
    const raw = new Raw(
      new WebSocket(`${server.url}/socket.io/?EIO=4&transport=websocket`.replace("http", "ws")),
    );
    await once(raw.#socket, "open");
    if (token) {
      raw.say(`40${JSON.stringify({ token })}`);
      await raw.gets("40");
    }
    return raw;
  }

  constructor(socket) {
    this.#socket = socket;
    socket.on("message", (data) => {
      const packet = data.toString();
      if (packet === "2") socket.send("3");
      this.packets.push(packet);
    });
    socket.on("close", (code) => (this.closed = code));
    socket.on("error", () => {});
  }

  /** Sends a text frame, of these bytes even if they are no text. */
  say(packet) {
    this.#socket.send(packet, { binary: false });
  }

  /** The next packet that begins like this. */
  async gets(start) {
    const found = () => this.packets.find((packet) => packet.startsWith(start));
    await until(`a packet ${start}`, () => found() !== undefined || this.closed !== null);
    if (found() === undefined) throw new Error(`closed (${this.closed}) before a packet ${start}`);
    return found();
  }

  /** Emits an event whose arguments are this JSON text; its ack. */
  async emit(event, json) {
    const id = ++this.#lastAck;
    this.tell(event, json, id);
    const ack = await this.gets(`43${id}[`);
    return JSON.parse(ack.slice(ack.indexOf("[")))[0];
  }

  /** Emits such an event without a callback. */
  tell(event, json, id = "") {
    this.say(`42${id}[${JSON.stringify(event)}${json === undefined ? "" : `,${json}`}]`);
  }

  close() {
    this.#socket.close();
  }
}
