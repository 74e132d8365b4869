import { randomBytes } from "node:crypto";
import { once } from "node:events";
import net from "node:net";
import { Inbox, within } from "./time.js";

export const TEXT = 1;
export const BINARY = 2;
export const CLOSE = 8;
export const PING = 9;
export const PONG = 10;
export const CONTINUATION = 0;

/** One WebSocket frame, right or as wrong as the options make it. */
export function frame(opcode, payload = "", { fin = true, rsv = 0, masked = true, length } = {}) {
  const body = Buffer.from(payload);
  const size = length ?? body.length;
  const head = [(fin ? 0x80 : 0) | (rsv << 4) | opcode];
  const maskBit = masked ? 0x80 : 0;
  if (size < 126) {
    head.push(maskBit | size);
  } else if (size < 65_536) {
    head.push(maskBit | 126, size >> 8, size & 255);
  } else {
    const wide = Buffer.alloc(8);
    wide.writeBigUInt64BE(BigInt(size));
    head.push(maskBit | 127, ...wide);
  }
  if (!masked) return Buffer.concat([Buffer.from(head), body]);
  const mask = randomBytes(4);
  const hidden = body.map((byte, index) => byte ^ mask[index & 3]);
  return Buffer.concat([Buffer.from(head), mask, hidden]);
}

export function text(payload, options) {
  return frame(TEXT, payload, options);
}

export function closeFrame(code) {
  return frame(CLOSE, Buffer.from([code >> 8, code & 255]));
}

/** The bytes that ask for a WebSocket. */
export function upgradeRequest(
  server,
  { path = "/engine.io/", query = "EIO=4&transport=websocket", headers = {} } = {},
) {
  const all = {
    Host: `${server.host}:${server.port}`,
    Connection: "Upgrade",
    Upgrade: "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    ...headers,
  };
  const lines = Object.entries(all)
    .filter(([, value]) => value !== null)
    .map(([name, value]) => `${name}: ${value}`);
  return Buffer.from(`GET ${path}?${query} HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n`);
}

/** A TCP connection on which a test writes what it likes. */
export class Raw {
  #received = Buffer.alloc(0);
  #head = null;
  #headSeen;
  #frames = new Inbox();
  #ended;

  static async connect(server) {
    const socket = net.connect({ host: server.host, port: server.port, noDelay: true });
    await once(socket, "connect");
    return new Raw(socket);
  }

  /** A connection with an open Engine.IO session, its open packet taken. */
  static async session(server, options) {
    const raw = await Raw.connect(server);
    raw.write(upgradeRequest(server, options));
    await raw.head();
    await raw.next();
    return raw;
  }

  constructor(socket) {
    this.socket = socket;
    this.#headSeen = new Promise((resolve) => (this.#gotHead = resolve));
    this.#ended = new Promise((resolve) => socket.once("close", () => resolve()));
    socket.on("error", () => {});
    socket.on("data", (bytes) => this.#read(bytes));
  }

  #gotHead;

  #read(bytes) {
    this.#received = Buffer.concat([this.#received, bytes]);
    if (this.#head === null) {
      const end = this.#received.indexOf("\r\n\r\n");
      if (end < 0) return;
      this.#head = this.#received.subarray(0, end).toString("latin1");
      this.#received = this.#received.subarray(end + 4);
      this.#gotHead(this.#head);
    }
    if (this.#head.startsWith("HTTP/1.1 101")) this.#readFrames();
  }

  #readFrames() {
    for (;;) {
      const data = this.#received;
      if (data.length < 2) return;
      let size = data[1] & 127;
      let start = 2;
      if (size === 126) {
        if (data.length < 4) return;
        size = data.readUInt16BE(2);
        start = 4;
      } else if (size === 127) {
        if (data.length < 10) return;
        size = Number(data.readBigUInt64BE(2));
        start = 10;
      }
      if (data.length < start + size) return;
      const payload = data.subarray(start, start + size);
      const masked = (data[1] & 0x80) !== 0;
      this.#received = data.subarray(start + size);
      this.#take({ opcode: data[0] & 15, first: data[0], masked, payload });
    }
  }

  #take(got) {
    if (got.opcode === TEXT && got.payload.toString() === "2") this.write(text("3"));
    else this.#frames.put(got);
  }

  write(bytes) {
    if (this.socket.writable) this.socket.write(bytes);
  }

  /** Writes piece by piece, each in a TCP segment of its own. */
  async trickle(pieces) {
    for (const piece of pieces) {
      this.write(piece);
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** The head of the HTTP answer; `null` if the connection ended without one. */
  head(ms = 3000) {
    return within(ms, "an HTTP answer", Promise.race([this.#headSeen, this.#ended.then(() => this.#head)]));
  }

  /** The HTTP status; 0 if the connection ended without one. */
  async status(ms) {
    const head = await this.head(ms);
    return head === null ? 0 : Number(head.split(" ")[1]);
  }

  /** The next frame that is not a ping of Engine.IO. */
  next(ms) {
    return this.#frames.next(ms);
  }

  async nextText() {
    const { payload } = await this.next();
    return payload.toString();
  }

  /** How the server ends it: the code of its close frame (1005: without one), or `null` for a bare end of the connection. */
  async ending(ms = 3000) {
    const closing = async () => {
      for (;;) {
        const { opcode, payload } = await this.next(ms);
        if (opcode === CLOSE) return payload.length ? payload.readUInt16BE(0) : 1005;
      }
    };
    const ended = this.#ended.then(() => null);
    const frames = closing().catch(() => new Promise(() => {}));
    return within(ms, "the server's closing", Promise.race([frames, ended]));
  }

  /** Waits until the server has ended the connection. */
  ended(ms = 3000) {
    return within(ms, "the end of the connection", this.#ended);
  }

  end() {
    this.socket.destroy();
  }
}
