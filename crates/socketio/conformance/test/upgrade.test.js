import assert from "node:assert/strict";
import { Polling, Wire } from "../engine.js";
import { sleep, test, theme } from "../theme.js";

theme("Upgrade", (server) => {
  async function probed() {
    const polling = await Polling.open(server);
    const wire = await Wire.probe(server, polling);
    wire.send("2probe");
    assert.equal(await wire.next(), "3probe");
    return { polling, wire };
  }

  test("goes on over WebSocket", async () => {
    const { wire } = await probed();
    wire.send("5");
    await wire.assertEcho();
    wire.end();
  });

  test("ends a waiting poll with a noop", async () => {
    const polling = await Polling.open(server);
    const waiting = polling.poll();
    await sleep(20);
    const wire = await Wire.probe(server, polling);
    wire.send("2probe");
    assert.equal(await wire.next(), "3probe");
    assert.equal((await waiting).body, "6");
    wire.send("5");
    await wire.assertEcho();
    wire.end();
  });

  test("ends a poll that comes after the probe with a noop, too", async () => {
    const { polling, wire } = await probed();
    const start = performance.now();
    assert.equal((await polling.poll()).body, "6");
    assert.ok(performance.now() - start < 280, "before the next ping");
    wire.end();
  });

  test("loses nothing that was sent meanwhile, and keeps its order", async () => {
    const { polling, wire } = await probed();
    await polling.post("4one\x1e4two");
    await polling.post("bAwM=");
    wire.send("5", "4four");
    const got = [];
    for (const packet of await wire.take(4)) got.push(packet.toString());
    assert.deepEqual(got, ["4one", "4two", "\x03\x03", "4four"]);
    wire.end();
  });

  test("takes the probe and its completion without waiting", async () => {
    const polling = await Polling.open(server);
    const wire = await Wire.probe(server, polling);
    wire.send("2probe", "5", "4hello");
    assert.deepEqual(await wire.take(2), ["3probe", "4hello"]);
    wire.end();
  });

  test("leaves no way back to polling", async () => {
    const { polling, wire } = await probed();
    wire.send("5");
    await wire.assertEcho();
    for (const answer of [await polling.poll(), await polling.post("4hello")]) {
      assert.equal(answer.status, 400);
      assert.deepEqual(JSON.parse(answer.body), { code: 3, message: "Bad request" });
    }
    await wire.assertEcho();
    wire.end();
  });

  test("goes on with its heartbeat", async () => {
    const { wire } = await probed();
    wire.send("5");
    await sleep(1200);
    await wire.assertEcho();
    wire.end();
  });

  for (const first of ["4hello", "2", "2probf", "abc", "1", ""]) {
    test(`a WebSocket that begins with "${first}" instead of the probe does not become the session's`, async () => {
      const polling = await Polling.open(server);
      const wire = await Wire.probe(server, polling);
      wire.send(first, "4astray");
      await wire.closed();
      await polling.assertOpen();
    });
  }

  test("a WebSocket that begins with binary does not become the session's", async () => {
    const polling = await Polling.open(server);
    const wire = await Wire.probe(server, polling);
    wire.send(Buffer.from("2probe"));
    await wire.closed();
    await polling.assertOpen();
  });

  test("a wrong packet after the probe gives the upgrade up, not the session", async () => {
    const { polling, wire } = await probed();
    wire.send("4astray");
    await wire.closed();
    await polling.assertOpen();
  });

  test("a WebSocket lost in the middle leaves the session on polling", async () => {
    const { polling, wire } = await probed();
    wire.end();
    await sleep(50);
    await polling.assertOpen();
  });

  test("can be tried again", async () => {
    const { polling, wire } = await probed();
    wire.end();
    await sleep(50);
    const second = await Wire.probe(server, polling);
    second.send("2probe");
    assert.equal(await second.next(), "3probe");
    second.send("5");
    await second.assertEcho();
    second.end();
  });

  test("a WebSocket that never says anything leaves the session on polling", async () => {
    const polling = await Polling.open(server);
    const wire = await Wire.probe(server, polling);
    await polling.assertOpen();
    wire.end();
  });

  for (const [when, before] of [
    ["during an upgrade", []],
    ["after an upgrade", ["5"]],
  ]) {
    test(`a second WebSocket ${when} is turned away and changes nothing`, async () => {
      const { polling, wire } = await probed();
      wire.send(...before);
      if (before.length) await wire.assertEcho();
      const second = await Wire.probe(server, polling).catch(() => null);
      await second?.closed();
      if (!before.length) wire.send("5");
      await wire.assertEcho();
      wire.end();
    });
  }

  test("a session that is closed while it upgrades takes its WebSocket along", async () => {
    const { polling, wire } = await probed();
    await polling.post("1");
    await wire.closed();
    await polling.assertClosed();
  });
});
