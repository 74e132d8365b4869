import assert from "node:assert/strict";
import { ack, arrival, event, forEachClient } from "../clients.js";
import { sleep, theme } from "../theme.js";
import { until } from "../time.js";

theme("Official client: events and acks", (server) => {
  const everyType = [
    "text",
    "",
    'grüße 世界 \u{1f426} \u0000 " \\ \n',
    0,
    -1.5,
    Number.MAX_SAFE_INTEGER,
    true,
    false,
    null,
    [],
    {},
    [1, [2, [3, { four: [null] }]]],
    { a: { b: { c: "d" } }, "": 1, 'key with " and \u{1f426}': 2, _placeholder: true, num: 0 },
  ];

  forEachClient(
    server,
    "every JSON type comes back as it went, as an event and as an ack",
    async (visitor) => {
      const socket = await visitor.connected();
      const echo = event(socket, "message-back");
      socket.emit("message", ...everyType);
      assert.deepEqual(await echo, everyType);
      assert.deepEqual(await ack(socket, "message-with-ack", ...everyType), everyType);
      assert.deepEqual(await ack(socket, "message-with-ack"), []);
    },
  );

  forEachClient(server, "binary comes back as it went, wherever it was", async (visitor) => {
    const socket = await visitor.connected();
    const all = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
    const args = [all, { list: [1, { deep: Buffer.from("deep") }], none: Buffer.alloc(0) }, "text"];
    const echo = event(socket, "message-back");
    socket.emit("message", ...args);
    assert.deepEqual(await echo, args);
    assert.deepEqual(await ack(socket, "message-with-ack", ...args), args);
    assert.deepEqual(await ack(socket, "message-with-ack", new Uint8Array([1, 2]).buffer), [
      Buffer.from([1, 2]),
    ]);
  });

  forEachClient(server, "what was emitted before connect is delivered in order", async (visitor) => {
    const socket = visitor.socket();
    const got = [];
    socket.on("message-back", (number) => got.push(number));
    for (let number = 1; number <= 50; number++) socket.emit("message", number);
    await arrival(socket);
    await until("50 answers", () => got.length === 50);
    assert.deepEqual(
      got,
      Array.from({ length: 50 }, (_, index) => index + 1),
    );
  });

  forEachClient(server, "100 emits without waiting are acked in order", async (visitor) => {
    const socket = await visitor.connected();
    const got = [];
    const numbers = Array.from({ length: 100 }, (_, index) => index + 1);
    await Promise.all(
      numbers.map(async (number) => {
        const binary = number % 10 === 0 ? Buffer.from([number]) : null;
        const [echo] = await ack(socket, "message-with-ack", number, binary);
        got.push(echo);
      }),
    );
    assert.deepEqual(got, numbers);
  });

  forEachClient(server, "events and acks keep their order among each other", async (visitor) => {
    const socket = await visitor.connected();
    const got = [];
    socket.on("message-back", (number) => got.push(number));
    for (let number = 0; number < 40; number++) {
      if (number % 3) socket.emit("message", number);
      else socket.emit("message-with-ack", number, (echo) => got.push(echo));
    }
    await until("40 answers", () => got.length === 40);
    assert.deepEqual(
      got,
      Array.from({ length: 40 }, (_, index) => index),
    );
  });

  forEachClient(server, "900 kB of text go both ways", async (visitor) => {
    const socket = await visitor.connected();
    const text = "ü\u{1f426}x".repeat(900_000 / 7);
    const [echo] = await ack(socket, "message-with-ack", text);
    assert.ok(echo === text);
    assert.equal(socket.connected, true);
  });

  forEachClient(server, "binary near the limit goes both ways", async (visitor) => {
    const socket = await visitor.connected();
    const bytes = Buffer.alloc(visitor.transport === "websocket" ? 900_000 : 700_000, 7);
    const [echo] = await ack(socket, "message-with-ack", bytes);
    assert.ok(bytes.equals(echo));
    assert.equal(socket.connected, true);
  });

  forEachClient(server, "more than the limit loses the connection, not the server", async (visitor) => {
    const socket = await visitor.connected({ upgrade: false });
    const gone = event(socket, "disconnect");
    socket.emit("message", "x".repeat(1_100_000));
    const [reason] = await gone;
    assert.match(reason, /^transport (close|error)$/);
  });

  forEachClient(server, "an ack with a timeout comes, or the timeout does", async (visitor) => {
    const socket = await visitor.connected();
    if (!socket.timeout) return;
    const answers = [];
    socket.timeout(3000).emit("message-with-ack", "x", (...args) => answers.push(args));
    socket.timeout(150).emit("nobody handles this", (error) => answers.push(error.message));
    await until("both answers", () => answers.length === 2);
    assert.deepEqual(answers, [[null, "x"], "operation has timed out"]);
    assert.equal(socket.connected, true);
  });

  forEachClient(
    server,
    "volatile events are delivered while connected and dropped while not",
    async (visitor) => {
      const socket = visitor.socket();
      const got = [];
      socket.on("message-back", (text) => got.push(text));
      socket.volatile.emit("message", "too early");
      await arrival(socket);
      if (visitor.transport === "polling with upgrade") {
        await until("the upgrade", () => socket.io.engine.transport.name === "websocket");
        await sleep(50);
      }
      await until("a volatile answer", async () => {
        socket.volatile.emit("message", "in time");
        await sleep(20);
        return got.length > 0;
      });
      assert.deepEqual([...new Set(got)], ["in time"]);
    },
  );

  forEachClient(
    server,
    "a message sent during the upgrade is neither lost nor out of order",
    async (visitor) => {
      const socket = visitor.socket();
      const got = [];
      await arrival(socket);
      const numbers = Array.from({ length: 60 }, (_, index) => index);
      for (const number of numbers) {
        socket.emit("message-with-ack", number, (echo) => got.push(echo));
        await sleep(3);
      }
      await until("60 answers", () => got.length === numbers.length);
      assert.deepEqual(got, numbers);
    },
  );
});
