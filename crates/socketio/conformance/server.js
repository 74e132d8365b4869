import { spawn, execFileSync } from "node:child_process";
import { once } from "node:events";
import net from "node:net";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const workspace = path.resolve(import.meta.dirname, "../../..");
const START_TIMEOUT = 10_000;

/** The example server under test: a process of ours, or one that `CONFORMANCE_URL` points at. */
export class Server {
  #child = null;
  #port = 0;
  #output = "";

  get url() {
    return process.env.CONFORMANCE_URL ?? `http://127.0.0.1:${this.#port}`;
  }

  get wsUrl() {
    return this.url.replace("http", "ws");
  }

  get host() {
    return new URL(this.url).hostname;
  }

  get port() {
    return Number(new URL(this.url).port);
  }

  /** False where somebody else runs the server, so that we can't stop it. */
  get isOurs() {
    return process.env.CONFORMANCE_URL === undefined;
  }

  async start() {
    if (!this.isOurs) return;
    this.#port ||= await freePort();
    const child = spawn(binary(), [], {
      env: { ...process.env, PORT: String(this.#port) },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#child = child;
    running.add(child);
    child.once("exit", () => running.delete(child));
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (text) => (this.#output = (this.#output + text).slice(-4000)));
    }
    await this.#answering();
  }

  async #answering() {
    for (const end = Date.now() + START_TIMEOUT; Date.now() < end; await sleep(20)) {
      this.assertRunning();
      const answer = await fetch(`${this.url}/engine.io/?EIO=4&transport=polling`).catch(() => null);
      if (answer?.ok) return;
    }
    throw new Error(`the server did not answer within ${START_TIMEOUT} ms\n${this.#output}`);
  }

  async stop(signal = "SIGTERM") {
    const child = this.#child;
    this.#child = null;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const exit = once(child, "exit");
    child.kill(signal);
    const gone = await Promise.race([exit, sleep(3000, null, { ref: false })]);
    if (!gone) {
      child.kill("SIGKILL");
      await exit;
    }
  }

  assertRunning() {
    if (!this.isOurs) return;
    const { exitCode, signalCode } = this.#child;
    if (exitCode !== null || signalCode !== null) {
      throw new Error(`the server died (${exitCode ?? signalCode})\n${this.#output}`);
    }
  }
}

const running = new Set();
process.once("exit", () => running.forEach((child) => child.kill("SIGKILL")));

let built = null;

function binary() {
  return (built ??= process.env.CONFORMANCE_BIN ?? build());
}

function build() {
  const flags = ["build", "-q", "-p", "chirrup-socketio", "--example", "conformance"];
  const lines = execFileSync("cargo", [...flags, "--message-format=json"], {
    cwd: workspace,
    encoding: "utf8",
    maxBuffer: 1 << 28,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const artifacts = lines.split("\n").filter(Boolean).map(JSON.parse);
  return artifacts.findLast((it) => it.target?.name === "conformance" && it.executable).executable;
}

async function freePort() {
  const listener = net.createServer().listen(0, "127.0.0.1");
  await once(listener, "listening");
  const { port } = listener.address();
  listener.close();
  await once(listener, "close");
  return port;
}
