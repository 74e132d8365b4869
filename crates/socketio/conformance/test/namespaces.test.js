import assert from "node:assert/strict";
import { Polling, Wire } from "../engine.js";
import { assertAnswers, connected, join } from "../socket.js";
import { CONNECT_TIMEOUT, sleep, test, theme } from "../theme.js";

theme("Namespaces", (server) => {
  const open = () => Wire.open(server, "/socket.io/");

  test("CONNECT is answered with an id other than the session's", async () => {
    const wire = await open();
    const sid = await join(wire);
    assert.notEqual(sid, wire.handshake.sid);
    wire.end();
  });

  test("two namespaces share a connection, each with its id and its auth", async () => {
    const wire = await open();
    const main = await join(wire, "/", '{"token":"123"}');
    const custom = await join(wire, "/custom", '{"token":"abc","deep":{"list":[1,null,"ü"]}}');
    assert.notEqual(main, custom);
    wire.send('42["message","main"]', '42/custom,["message","custom"]');
    assert.deepEqual(await wire.take(2), [
      '42["message-back","main"]',
      '42/custom,["message-back","custom"]',
    ]);
    wire.end();
  });

  for (const [packet, answer] of [
    ["40/custom", "40/custom,{"],
    ["40/,", "40{"],
    ["40{}", "40{"],
    ["40/custom,{}", "40/custom,{"],
  ]) {
    test(`${packet} connects`, async () => {
      const wire = await open();
      wire.send(packet);
      assert.ok((await wire.next()).startsWith(answer));
      wire.end();
    });
  }

  for (const [packet, namespace] of [
    ["40/unknown", "/unknown"],
    ["40/unknown,", "/unknown"],
    ['40/unknown,{"token":"123"}', "/unknown"],
    ["40/custom?token=123,", "/custom?token=123"],
    ["40/customer,", "/customer"],
    ["40/__proto__,", "/__proto__"],
    ["40/ünknown,", "/ünknown"],
  ]) {
    test(`${packet} is refused, and the connection is good for another`, async () => {
      const wire = await open();
      wire.send(packet);
      assert.equal(await wire.next(), `44${namespace},{"message":"Invalid namespace"}`);
      await join(wire);
      await assertAnswers(wire);
      wire.end();
    });
  }

  test("a refused namespace leaves the others on the connection alone", async () => {
    const wire = await connected(server);
    wire.send("40/unknown,");
    assert.equal(await wire.next(), '44/unknown,{"message":"Invalid namespace"}');
    await assertAnswers(wire);
    wire.end();
  });

  for (const auth of ["[]", "null", '"token"', "true", "{", "{}}", "{'a':1}"]) {
    test(`auth ${auth}, which is no JSON object, closes the connection`, async () => {
      const wire = await open();
      wire.send(`40${auth}`);
      await wire.closedNormally();
      assert.deepEqual(wire.rest, []);
    });
  }

  test("CONNECT twice closes the connection", async () => {
    const wire = await connected(server);
    wire.send("40");
    await wire.closedNormally();
  });

  test("a connection that joins no namespace in time is closed", async () => {
    const start = performance.now();
    const wire = await open();
    await wire.closedNormally(CONNECT_TIMEOUT + 1000);
    assert.ok(performance.now() - start >= CONNECT_TIMEOUT - 50);
  });

  test("a connection that joins only an unknown namespace is closed in time, too", async () => {
    const wire = await open();
    wire.send("40/unknown,");
    await wire.next();
    await wire.closed(CONNECT_TIMEOUT + 1000);
  });

  test("a session that joins no namespace over polling is closed in time", async () => {
    const polling = await Polling.open(server, "/socket.io/");
    const start = performance.now();
    for (let open = true; open;) {
      const { status, body } = await polling.poll();
      open = status === 200 && body.split("\x1e").at(-1) !== "1";
      if (open) await polling.post("3");
    }
    assert.ok(performance.now() - start < CONNECT_TIMEOUT + 500);
    await sleep(20);
    await polling.assertClosed();
  });

  test("a connection that joined stays", async () => {
    const wire = await connected(server);
    await sleep(CONNECT_TIMEOUT + 300);
    await assertAnswers(wire);
    wire.end();
  });

  const early = ['42["message",1]', '421["message-with-ack",1]', "431[]", "41", '42/custom,["message",1]'];
  for (const packet of early) {
    test(`${packet} before CONNECT closes the connection`, async () => {
      const wire = await open();
      wire.send(packet);
      await wire.closedNormally();
      assert.deepEqual(wire.rest, []);
    });
  }

  for (const packet of ['42/custom,["message",1]', "41/custom,", "43/custom,1[]"]) {
    test(`${packet} for a namespace that was not joined closes the connection`, async () => {
      const wire = await connected(server);
      wire.send(packet);
      await wire.closedNormally();
      assert.deepEqual(wire.rest, []);
    });
  }

  test("DISCONNECT is not answered and leaves the other namespace", async () => {
    const wire = await connected(server);
    await join(wire, "/custom");
    wire.send("41/custom,");
    await assertAnswers(wire);
    wire.end();
  });

  test("DISCONNECT from the last namespace leaves the connection open", async () => {
    const wire = await connected(server);
    wire.send("41");
    await sleep(100);
    await join(wire, "/custom");
    wire.end();
  });

  test("after DISCONNECT the namespace can be joined again, under a new id", async () => {
    const wire = await open();
    const first = await join(wire);
    wire.send("41");
    await sleep(50);
    assert.notEqual(await join(wire), first);
    await assertAnswers(wire);
    wire.end();
  });

  test("an event behind DISCONNECT is not answered", async () => {
    const wire = await connected(server);
    wire.send("41");
    await sleep(50);
    wire.send('42["message",1]');
    await wire.closed();
    assert.deepEqual(wire.rest, []);
  });
});
