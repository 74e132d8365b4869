import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import net from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, describe } from "node:test";
import { Documents } from "./documents.js";
import { sleep } from "./time.js";

const workspace = path.resolve(import.meta.dirname, "../..");
const START_TIMEOUT = 15_000;

export const JWT_SECRET = "the end-to-end tests' own secret";

/** The binary, with a data directory and a port of its own. */
export class Chirrup {
  #child = null;
  #dir = null;
  #port = 0;
  #output = "";

  constructor(settings = {}) {
    this.settings = settings;
  }

  get url() {
    return `http://127.0.0.1:${this.#port}`;
  }

  get dataDir() {
    return path.join(this.#dir, "data");
  }

  get pid() {
    return this.#child.pid;
  }

  /** What it printed last. */
  get output() {
    return this.#output;
  }

  async start() {
    this.#dir ??= await mkdtemp(path.join(tmpdir(), "chirrup-e2e-"));
    this.#port ||= await freePort();
    const stdio = ["ignore", "pipe", "pipe"];
    const child = spawn(binary(), [], { ...this.#surroundings, stdio });
    this.#child = child;
    running.add(child);
    child.once("exit", () => running.delete(child));
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (text) => (this.#output = (this.#output + text).slice(-8000)));
    }
    for (const end = Date.now() + START_TIMEOUT; ; await sleep(20)) {
      this.assertRunning();
      const answer = await fetch(`${this.url}/readyz`).catch(() => null);
      if (answer?.ok) break;
      if (Date.now() > end) throw new Error(`no answer within ${START_TIMEOUT} ms\n${this.#output}`);
    }
    this.documents ??= await Documents.load(this.url);
  }

  get #surroundings() {
    const env = {
      PATH: process.env.PATH,
      HOST: "127.0.0.1",
      PORT: String(this.#port),
      DATA_DIR: this.dataDir,
      LIMIT_SENDS: "off",
      LIMIT_SIGN_IN: "off",
      LIMIT_SOCKETS_PER_USER: "off",
      JWT_SECRET,
      ...this.settings,
    };
    return { cwd: this.#dir, env };
  }

  /** Runs a command beside the server; what it prints. */
  command(...words) {
    return execFileSync(binary(), words, { ...this.#surroundings, encoding: "utf8" });
  }

  assertRunning() {
    const { exitCode, signalCode } = this.#child;
    assert.ok(
      exitCode === null && signalCode === null,
      `the server ended (${exitCode ?? signalCode})\n${this.#output}`,
    );
  }

  /** Ends the process; its exit code and signal. */
  async stop(signal = "SIGTERM") {
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return [];
    const exit = once(child, "exit");
    child.kill(signal);
    const gone = await Promise.race([exit, sleep(12_000, null, { ref: false })]);
    if (gone) return gone;
    child.kill("SIGKILL");
    await exit;
    throw new Error(`still there 12 s after ${signal}`);
  }

  async end() {
    try {
      await this.stop();
    } finally {
      if (this.#dir) await rm(this.#dir, { recursive: true, force: true });
    }
  }

  /**
   * Sends a request with a body: a form, or a value as JSON; one of `raw` goes as it is. The status of the answer, and its
   * JSON, or its text if it is something else.
   */
  async request(method, route, { token, body, raw, headers } = {}) {
    const isForm = body instanceof FormData;
    const response = await fetch(`${this.url}${route}`, {
      method,
      headers: {
        ...(isForm || (body ?? raw) === undefined ? {} : { "Content-Type": "application/json" }),
        ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
        ...headers,
      },
      body: isForm || body === undefined ? (body ?? raw) : JSON.stringify(body),
      signal: AbortSignal.timeout(10_000),
    });
    const text = await response.text();
    const isJson = response.headers.get("content-type")?.startsWith("application/json");
    const answer = { status: response.status, body: isJson ? JSON.parse(text) : text };
    this.documents.checkAnswer(method, route, answer.status, answer.body);
    return answer;
  }
}

/** Declares tests that share a server; they end with it still running. */
export function suite(name, declare, settings) {
  describe(name, () => {
    const server = new Chirrup(settings);
    before(() => server.start());
    after(async () => {
      try {
        server.assertRunning();
      } finally {
        await server.end();
      }
    });
    declare(server);
  });
}

const running = new Set();
process.once("exit", () => running.forEach((child) => child.kill("SIGKILL")));

let built = null;

function binary() {
  return (built ??= process.env.CHIRRUP_BIN ? path.resolve(process.env.CHIRRUP_BIN) : build());
}

function build() {
  execFileSync("cargo", ["build", "-q", "-p", "chirrup-server"], { cwd: workspace, stdio: "inherit" });
  return path.join(process.env.CARGO_TARGET_DIR ?? path.join(workspace, "target"), "debug/chirrup");
}

/** A port of the loopback interface that nobody listens on. */
export async function freePort() {
  const listener = net.createServer().listen(0, "127.0.0.1");
  await once(listener, "listening");
  const { port } = listener.address();
  listener.close();
  await once(listener, "close");
  return port;
}
