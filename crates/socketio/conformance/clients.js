import { io as io40 } from "socket.io-client-4.0";
import { io as io46 } from "socket.io-client-4.6";
import { io as newest } from "socket.io-client";
import { test } from "./theme.js";
import { within } from "./time.js";

/** The official clients that must work unchanged: the oldest of protocol 5, the first with recovery, the newest. */
export const versions = { "4.0.0": io40, "4.6.0": io46, newest };

/** How they may travel. */
export const transports = {
  websocket: { transports: ["websocket"] },
  polling: { transports: ["polling"] },
  "polling with upgrade": {},
};

/** Declares a test for every client and every way to travel; its body gets the {@link Visitor} to play with. */
export function forEachClient(server, name, body) {
  for (const [version, io] of Object.entries(versions)) {
    for (const [transport, options] of Object.entries(transports)) {
      test(`${version} over ${transport}: ${name}`, async () => {
        const visitor = new Visitor(server, io, options, transport);
        try {
          await body(visitor);
        } finally {
          visitor.leave();
        }
      });
    }
  }
}

/** A user of one client library and one transport, who cleans up behind themselves. */
export class Visitor {
  #sockets = [];

  constructor(server, io, options, transport) {
    this.server = server;
    this.io = io;
    this.options = options;
    this.transport = transport;
  }

  /** A socket that is about to connect. */
  socket(options = {}, namespace = "/") {
    const socket = this.io(`${this.server.url}${namespace}`, {
      forceNew: true,
      reconnection: false,
      ...this.options,
      ...options,
    });
    this.#sockets.push(socket);
    return socket;
  }

  /** A socket that is connected. */
  async connected(options, namespace) {
    const socket = this.socket(options, namespace);
    await arrival(socket);
    return socket;
  }

  leave() {
    for (const socket of this.#sockets) socket.disconnect();
  }
}

/** Waits for `connect`. */
export function arrival(socket, ms = 5000) {
  const answer = new Promise((resolve, reject) => {
    socket.once("connect", resolve);
    socket.once("connect_error", reject);
  });
  return within(ms, "connect", answer);
}

/** The arguments of the event's next occurrence. */
export function event(socket, name, ms = 5000) {
  return within(ms, `event ${name}`, new Promise((resolve) => socket.once(name, (...args) => resolve(args))));
}

/** The arguments of the acknowledgement. Clients before 4.6 have no `emitWithAck`. */
export function ack(socket, name, ...args) {
  return within(
    5000,
    `ack of ${name}`,
    new Promise((resolve) => socket.emit(name, ...args, (...got) => resolve(got))),
  );
}
