import assert from "node:assert/strict";
import { Polling, Wire } from "../engine.js";
import { assertAnswers, attachment, connected } from "../socket.js";
import { CONNECT_TIMEOUT, sleep, test, theme } from "../theme.js";

const bytes = (...list) => Buffer.from(list);

theme("Binary events and acks", (server) => {
  const echoed = {
    "one attachment": [
      `451-["message",${attachment(0)}]`,
      [bytes(1, 2)],
      `451-["message-back",${attachment(0)}]`,
      [bytes(1, 2)],
    ],
    "two attachments": [
      `452-["message",${attachment(0)},${attachment(1)}]`,
      [bytes(1), bytes(2)],
      `452-["message-back",${attachment(0)},${attachment(1)}]`,
      [bytes(1), bytes(2)],
    ],
    "an ack": [
      `452-789["message-with-ack",${attachment(0)},"x",${attachment(1)}]`,
      [bytes(1), bytes(2)],
      `462-789[${attachment(0)},"x",${attachment(1)}]`,
      [bytes(1), bytes(2)],
    ],
    "attachments deep inside": [
      `452-["message",{"a":[{"b":${attachment(0)}}],"c":{"d":[null,${attachment(1)}]}}]`,
      [bytes(1), bytes(2)],
      `452-["message-back",{"a":[{"b":${attachment(0)}}],"c":{"d":[null,${attachment(1)}]}}]`,
      [bytes(1), bytes(2)],
    ],
    "ten attachments": [
      `4510-["message",${Array.from({ length: 10 }, (_, n) => attachment(n)).join()}]`,
      Array.from({ length: 10 }, (_, n) => bytes(n)),
      `4510-["message-back",${Array.from({ length: 10 }, (_, n) => attachment(n)).join()}]`,
      Array.from({ length: 10 }, (_, n) => bytes(n)),
    ],
    "an empty attachment": [
      `451-["message",${attachment(0)}]`,
      [bytes()],
      `451-["message-back",${attachment(0)}]`,
      [bytes()],
    ],
    "a big attachment": [
      `451-["message",${attachment(0)}]`,
      [Buffer.alloc(900_000, 7)],
      `451-["message-back",${attachment(0)}]`,
      [Buffer.alloc(900_000, 7)],
    ],
  };
  for (const [what, [packet, sent, answer, got]] of Object.entries(echoed)) {
    test(`${what}: echoed`, async () => {
      const wire = await connected(server);
      wire.send(packet, ...sent);
      assert.equal(await wire.next(), answer);
      assert.deepEqual(await wire.take(got.length), got);
      await assertAnswers(wire);
      wire.end();
    });
  }

  test("in another namespace, with an ack", async () => {
    const wire = await connected(server, "/custom");
    wire.send(`451-/custom,12["message-with-ack",${attachment(0)}]`, bytes(1));
    assert.deepEqual(await wire.take(2), [`461-/custom,12[${attachment(0)}]`, bytes(1)]);
    wire.end();
  });

  test("attachments out of order keep their places", async () => {
    const wire = await connected(server);
    wire.send(`452-["message",{"a":${attachment(1)},"b":${attachment(0)}}]`, bytes(1), bytes(2));
    const text = await wire.next();
    const binaries = await wire.take(2);
    const [, { a, b }] = JSON.parse(text.slice(4));
    assert.deepEqual([binaries[a.num], binaries[b.num]], [bytes(2), bytes(1)]);
    wire.end();
  });

  test("an attachment used twice arrives in both places", async () => {
    const wire = await connected(server);
    wire.send(`451-["message",${attachment(0)},${attachment(0)}]`, bytes(1));
    const text = await wire.next();
    const binaries = await wire.take(Number(text.slice(2, text.indexOf("-"))));
    const [, a, b] = JSON.parse(text.slice(text.indexOf("[")));
    assert.deepEqual([binaries[a.num], binaries[b.num]], [bytes(1), bytes(1)]);
    wire.end();
  });

  test("a binary packet without any placeholder is an ordinary event", async () => {
    const wire = await connected(server);
    wire.send('451-["message","x"]', bytes(1));
    assert.match(await wire.next(), /\["message-back","x"\]$/);
    wire.end();
  });

  test("answers of several requests do not mix", async () => {
    const wire = await connected(server);
    for (let n = 0; n < 50; n++) {
      wire.send(`452-${n}["message-with-ack",${attachment(0)},${attachment(1)}]`, bytes(n), bytes(n, n));
      wire.send(`42["message",${n}]`);
    }
    for (let n = 0; n < 50; n++) {
      assert.deepEqual(await wire.take(4), [
        `462-${n}[${attachment(0)},${attachment(1)}]`,
        bytes(n),
        bytes(n, n),
        `42["message-back",${n}]`,
      ]);
    }
    wire.end();
  });

  test("a pong between the attachments is no part of them", async () => {
    const wire = await connected(server);
    wire.send(`452-["message",${attachment(0)},${attachment(1)}]`, bytes(1), "3", bytes(2));
    assert.deepEqual((await wire.take(3)).slice(1), [bytes(1), bytes(2)]);
    wire.end();
  });

  test("over polling as base64, attachments in a later payload", async () => {
    const polling = await Polling.open(server, "/socket.io/");
    await polling.post("40");
    while ((await polling.packets()).at(-1) !== '42["auth",{}]');
    await polling.post(`452-7["message-with-ack",${attachment(0)},${attachment(1)}]\x1ebAQ==`);
    await sleep(30);
    await polling.post("bAgM=");
    const got = [];
    while (got.length < 3) got.push(...(await polling.packets()));
    assert.deepEqual(got, [`462-7[${attachment(0)},${attachment(1)}]`, "bAQ==", "bAgM="]);
  });

  const closing = {
    "no attachments announced": ['450-["message","x"]'],
    "no number of attachments": ['45["message","x"]'],
    "an empty number of attachments": ['45-["message","x"]'],
    "a negative number of attachments": ['45-1-["message","x"]'],
    "a broken number of attachments": ['451.5-["message","x"]', bytes(1), bytes(2)],
    "more attachments than allowed": [`4511-["message",${attachment(0)}]`],
    "a number of attachments beyond any": [`4599999999999999999999-["message",${attachment(0)}]`],
    "an ack with no attachments announced": ["460-1[]"],
    "a placeholder beyond the attachments": [`451-["message",${attachment(1)}]`, bytes(1)],
    "a negative placeholder": [`451-["message",${attachment(-1)}]`, bytes(1)],
    "a placeholder that is no number": ['451-["message",{"_placeholder":true,"num":"0"}]', bytes(1)],
    "an event where an attachment is expected": [`451-["message",${attachment(0)}]`, '42["message",1]'],
    "a binary event where an attachment is expected": [
      `451-["message",${attachment(0)}]`,
      `451-["message",${attachment(0)}]`,
    ],
    "DISCONNECT where an attachment is expected": [`451-["message",${attachment(0)}]`, "41"],
    "binary where none is expected": [bytes(1)],
    "more binary than announced": [`451-["whatever",${attachment(0)}]`, bytes(1), bytes(2)],
    "a binary event for a namespace that was not joined": [
      `451-/custom,["message",${attachment(0)}]`,
      bytes(1),
    ],
  };
  for (const [what, packets] of Object.entries(closing)) {
    test(`${what}: the connection is closed`, async () => {
      const wire = await connected(server);
      wire.send(...packets);
      await wire.closedNormally();
      assert.deepEqual(wire.rest, []);
    });
  }

  test("a placeholder broken in half is data or the end, but no crash", async () => {
    for (const json of [
      '{"_placeholder":true}',
      '{"num":0}',
      '{"_placeholder":1,"num":0}',
      '{"_placeholder":true,"num":0.5}',
    ]) {
      const wire = await connected(server);
      wire.send(`451-["message",${json}]`, bytes(1));
      await Promise.race([wire.next(), wire.closed()]);
      wire.end();
    }
  });

  test("binary before CONNECT closes the connection", async () => {
    const wire = await Wire.open(server, "/socket.io/");
    wire.send(bytes(1));
    await wire.closedNormally();
  });

  test("attachments that never come are waited for without harm", async () => {
    const wires = await Promise.all(Array.from({ length: 20 }, () => connected(server)));
    for (const wire of wires) wire.send(`4510-["message",${attachment(9)}]`, Buffer.alloc(10_000));
    await sleep(CONNECT_TIMEOUT + 200);
    for (const wire of wires) wire.end();
  });
});
