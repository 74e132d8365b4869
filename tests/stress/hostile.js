/**
 * Clients that mean no good, in a thread of their own: `workerData` says where, with which token and for how long. Each
 * does one thing again and again; in the end they tell how often.
 */
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import net from "node:net";
import { parentPort, workerData } from "node:worker_threads";
import { WebSocket } from "ws";
import { sleep } from "../e2e/time.js";

const { url, token, recipientId, ms } = workerData;
const end = Date.now() + ms;
const counts = {};

const path = (transport, sid) => `/socket.io/?EIO=4&transport=${transport}${sid ? `&sid=${sid}` : ""}`;

/** What no client of any protocol would send. */
const garbage = [
  "",
  "9",
  "4",
  "42",
  "42[",
  "42{}",
  "42[1]",
  "420",
  "4299999999999999999999[]",
  '42["send_direct_message"',
  '451-["send_direct_message",{"_placeholder":true,"num":7}]',
  '459999-["x"]',
  "44",
  "40/nowhere,",
  "41",
  "43[]",
  "4" + "[".repeat(10_000),
  '42["send_direct_message",' + "[".repeat(10_000),
  '42["\ud800"]',
];

const wrong = [
  null,
  0,
  "",
  [],
  {},
  { recipientId: { $ne: null }, content: "x" },
  { recipientId, content: {} },
  { recipientId, content: "" },
  { recipientId, content: "x", clientId: "x".repeat(1000) },
  { recipientId: "../../etc/passwd", content: "x" },
  { conversationId: "0".repeat(24), content: "x" },
  { conversationId: [], content: "\u0000" },
];
const events = ["send_direct_message", "send_group_message", "mark_as_read", "typing_start", "sync"];
const unknown = ["constructor", "__proto__", "connect", "disconnect", "x".repeat(5000), "💥"];

/** An open WebSocket, with what comes thrown away. */
async function open(sid) {
  const socket = new WebSocket(url.replace("http", "ws") + path("websocket", sid));
  socket.on("error", () => {});
  await Promise.race([once(socket, "open"), once(socket, "close")]);
  return socket;
}

/** One that has joined, or tried to. */
async function join(auth = { token }) {
  const socket = await open();
  if (socket.readyState !== WebSocket.OPEN) return socket;
  const answered = new Promise((resolve) =>
    socket.on("message", (data) => data.toString().startsWith("4") && resolve()),
  );
  socket.send(`40${JSON.stringify(auth)}`);
  await Promise.race([answered, once(socket, "close")]);
  return socket;
}

const tenTimes = (attack) => Array.from({ length: 10 }, attack);
const isOpen = (socket) => socket.readyState === WebSocket.OPEN;

const attacks = {
  async "garbage before joining"(n) {
    const socket = await open();
    socket.send(garbage[n % garbage.length]);
    socket.send(randomBytes(100), { binary: n % 2 === 0 });
    await sleep(2);
    socket.terminate();
  },
  async "garbage after joining"(n) {
    const socket = await join();
    for (let k = 0; k < 20 && isOpen(socket); k++) socket.send(garbage[(n + k) % garbage.length]);
    await sleep(2);
    socket.terminate();
  },
  async "bytes that are no WebSocket frames"() {
    const socket = await open();
    socket._socket?.write(randomBytes(2000));
    await sleep(2);
    socket.terminate();
  },
  async "wrong payloads"(n) {
    const socket = await join();
    for (let k = 0; k < 200 && isOpen(socket); k++) {
      const payload = wrong[(n + k) % wrong.length];
      socket.send(`42${k}${JSON.stringify([events[k % events.length], payload])}`);
    }
    await sleep(50);
    socket.terminate();
  },
  async "unknown events"(n) {
    const socket = await join();
    for (let k = 0; k < 200 && isOpen(socket); k++)
      socket.send(`42${k}${JSON.stringify([unknown[(n + k) % unknown.length], k])}`);
    await sleep(50);
    socket.terminate();
  },
  async "payloads of a megabyte"(n) {
    const socket = await join();
    const content = "x".repeat(n % 2 ? 999_000 : 1_100_000);
    socket.send(`421${JSON.stringify(["send_direct_message", { recipientId, content }])}`);
    await Promise.race([once(socket, "message"), once(socket, "close"), sleep(1000)]);
    socket.terminate();
  },
  async "bad tokens"(n) {
    const auth = [{ token: `${token}x` }, { token: randomBytes(50).toString("hex") }, {}, [], { token: {} }];
    (await join(auth[n % auth.length])).terminate();
  },
  async "ten connects and disconnects"() {
    await Promise.all(tenTimes(async () => (await join()).terminate()));
  },
  async "half upgrades"(n) {
    const opened = await fetch(url + path("polling"));
    const { sid } = JSON.parse((await opened.text()).slice(1));
    if (n % 2) await (await fetch(url + path("polling", sid), { method: "POST", body: "40" })).text();
    const socket = await open(sid);
    if (n % 3) socket.send("2probe");
    if (n % 5 === 0) socket.send("5");
    await sleep(5);
    socket.terminate();
  },
  async "polling nonsense"(n) {
    const sid =
      n % 2 ? "AAAAAAAAAAAAAAAAAAAA" : (await (await fetch(url + path("polling"))).text()).slice(8, 28);
    const body = n % 3 ? garbage[n % garbage.length] : "x".repeat(1_100_000);
    await (await fetch(url + path("polling", sid), { method: "POST", body })).text();
  },
  async "ten half requests"(n) {
    const head = `GET ${path("websocket")} HTTP/1.1\r\nHost: x\r\n`;
    const half = [head, "\r\n\r\n", "\x16\x03\x01", "", head.slice(0, 20)][n % 5];
    const request = async () => {
      const socket = net.connect(new URL(url).port, "127.0.0.1").on("error", () => {});
      await once(socket, "connect");
      socket.write(half);
      await sleep(1);
      socket.destroy();
    };
    await Promise.all(tenTimes(request));
  },
};

await Promise.all(
  Object.entries(attacks).map(async ([name, attack]) => {
    counts[name] = 0;
    while (Date.now() < end) {
      // Being refused or cut off is what it is out for.
      const over = attack(counts[name]).catch(() => {});
      await Promise.race([over, sleep(2000)]);
      counts[name] += 1;
    }
  }),
);
parentPort.postMessage(counts);
