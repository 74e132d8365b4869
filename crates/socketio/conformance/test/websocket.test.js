import assert from "node:assert/strict";
import { Wire } from "../engine.js";
import { MAX_PAYLOAD, test, theme } from "../theme.js";

theme("WebSocket", (server) => {
  const messages = {
    text: "4hello",
    "an empty message": "4",
    "text beyond ASCII": "4grüße 世界 \u{1f426} \u0000",
    "a message that looks like a packet": "42",
    binary: Buffer.from([1, 2, 3, 4]),
    "empty binary": Buffer.alloc(0),
    "binary of every byte": Buffer.from(Array.from({ length: 256 }, (_, byte) => byte)),
    "125 bytes": `4${"x".repeat(124)}`,
    "126 bytes": `4${"x".repeat(125)}`,
    "65,535 bytes": `4${"x".repeat(65_534)}`,
    "65,536 bytes": `4${"x".repeat(65_535)}`,
    "a message of exactly the limit": `4${"x".repeat(MAX_PAYLOAD - 1)}`,
    "binary of exactly the limit": Buffer.alloc(MAX_PAYLOAD, 7),
  };

  for (const [what, message] of Object.entries(messages)) {
    test(`${what} is echoed`, async () => {
      const wire = await Wire.open(server);
      wire.send(message);
      const echo = await wire.next();
      assert.ok(Buffer.from(echo).equals(Buffer.from(message)));
      assert.equal(typeof echo, typeof message);
      wire.end();
    });
  }

  test("2,000 messages are echoed in order", async () => {
    const wire = await Wire.open(server);
    const all = Array.from({ length: 2000 }, (_, index) => `4${index}`);
    wire.send(...all);
    assert.deepEqual(await wire.take(all.length), all);
    wire.end();
  });

  for (const [what, message] of [
    ["text", `4${"x".repeat(MAX_PAYLOAD)}`],
    ["binary", Buffer.alloc(MAX_PAYLOAD + 1)],
  ]) {
    test(`${what} over the limit closes with 1009`, async () => {
      const wire = await Wire.open(server);
      wire.send(message);
      assert.equal(await wire.closed(), 1009);
    });
  }

  for (const packet of ["abc", "", "7", "9hello", "é", " 4hello"]) {
    test(`the invalid packet "${packet}" closes`, async () => {
      const wire = await Wire.open(server);
      wire.send(packet);
      await wire.closedNormally();
      assert.deepEqual(wire.rest, []);
    });
  }

  test("a noop is harmless", async () => {
    const wire = await Wire.open(server);
    wire.send("6");
    await wire.assertEcho();
    wire.end();
  });

  test("a close packet ends the session", async () => {
    const wire = await Wire.open(server, "/engine.io/", { heartbeat: false });
    wire.send("1");
    await wire.closed();
  });

  for (const code of [1000, 1001, 3000, 4999]) {
    test(`the client's close code ${code} is answered`, async () => {
      const wire = await Wire.open(server);
      wire.socket.close(code, "bye");
      assert.ok([code, 1000].includes(await wire.closed()));
    });
  }

  test("a client that just vanishes is no trouble", async () => {
    const wires = await Promise.all(Array.from({ length: 20 }, () => Wire.open(server)));
    for (const wire of wires) {
      wire.send("4hello");
      wire.end();
    }
  });
});
