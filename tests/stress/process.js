import { readFileSync, readdirSync } from "node:fs";
import { Chirrup } from "../e2e/chirrup.js";

/** The binary, and what it takes of the machine while it runs. */
export class WatchedChirrup extends Chirrup {
  #pid = null;

  async start() {
    const before = children();
    await super.start();
    this.#pid = children().find((pid) => !before.includes(pid));
  }

  /** Memory that it holds, in bytes. */
  memory() {
    const [, kibibytes] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${this.#pid}/status`, "utf8"));
    return kibibytes * 1024;
  }

  /** How many files and sockets it has open. */
  openFiles() {
    return readdirSync(`/proc/${this.#pid}/fd`).length;
  }
}

/** Runs the body with a server of its own, which it may stop and start. */
export async function withServer(body, settings) {
  const server = new WatchedChirrup(settings);
  try {
    await server.start();
    await body(server);
    server.assertRunning();
  } finally {
    await server.end();
  }
}

/** Ids of the processes that this one has started. */
function children() {
  return readFileSync(`/proc/self/task/${process.pid}/children`, "utf8").trim().split(" ");
}
