import assert from "node:assert/strict";
import { Polling } from "../engine.js";
import { assertAnswers, connected } from "../socket.js";
import { test, theme } from "../theme.js";

theme("Events and acks", (server) => {
  const answered = [
    ['42["message"]', '42["message-back"]'],
    ['42["message",1,"2",{"3":[true]}]', '42["message-back",1,"2",{"3":[true]}]'],
    ['42["message",null,false,"",[],{}]', '42["message-back",null,false,"",[],{}]'],
    ['42["message",-1.5,1e21,9007199254740991]', '42["message-back",-1.5,1e+21,9007199254740991]'],
    ['42["message","grüße 世界 \u{1f426}"]', '42["message-back","grüße 世界 \u{1f426}"]'],
    ['42["message","\\"\\\\\\n\\u0000"]', '42["message-back","\\"\\\\\\n\\u0000"]'],
    ['42["message",{"_placeholder":true,"num":0}]', '42["message-back",{"_placeholder":true,"num":0}]'],
    ['42["message",{"__proto__":1}]', '42["message-back",{"__proto__":1}]'],
    ['420["message-with-ack"]', "430[]"],
    ['42456["message-with-ack",1,"2",{"3":[false]}]', '43456[1,"2",{"3":[false]}]'],
    ['424294967296["message-with-ack",1]', "434294967296[1]"],
    ['429007199254740991["message-with-ack",1]', "439007199254740991[1]"],
    ['42007["message-with-ack",1]', "437[1]"],
  ];
  for (const [packet, answer] of answered) {
    test(`${packet} is answered`, async () => {
      const wire = await connected(server);
      wire.send(packet);
      const got = await wire.next();
      const json = (text) => JSON.parse(text.slice(text.indexOf("[")));
      assert.equal(got.slice(0, got.indexOf("[")), answer.slice(0, answer.indexOf("[")));
      assert.deepEqual(json(got), json(answer));
      wire.end();
    });
  }

  test("an ack in another namespace names it", async () => {
    const wire = await connected(server, "/custom");
    wire.send('42/custom,17["message-with-ack","x"]');
    assert.equal(await wire.next(), '43/custom,17["x"]');
    wire.end();
  });

  test("500 events are answered in order", async () => {
    const wire = await connected(server);
    const numbers = Array.from({ length: 500 }, (_, index) => index);
    wire.send(...numbers.map((n) => (n % 2 ? `42["message",${n}]` : `42${n}["message-with-ack",${n}]`)));
    const expected = numbers.map((n) => (n % 2 ? `42["message-back",${n}]` : `43${n}[${n}]`));
    assert.deepEqual(await wire.take(500), expected);
    wire.end();
  });

  const harmless = {
    "an event that nobody handles": '42["whatever",1]',
    "an event that nobody handles, with an ack id": '4212["whatever",1]',
    "an event named error": '42["error","x"]',
    "an event with a number for a name": "42[1,2]",
    "an event without data": "42",
    "an ack that nobody waits for": '4399["x"]',
    "an ack without an id": '43["x"]',
    "an event with half of a surrogate pair": '42["whatever","cut \\ud83d"]',
  };
  for (const [what, packet] of Object.entries(harmless)) {
    test(`${what} is harmless`, async () => {
      const wire = await connected(server);
      wire.send(packet);
      await assertAnswers(wire);
      wire.end();
    });
  }

  const invalid = {
    "an unknown type": "4abc",
    "type 7": "47",
    "no type": "4",
    "a payload that is an object": "42{}",
    "a payload that is a string": '42"message"',
    "an empty array": "42[]",
    "a name that is null": "42[null,1]",
    "a name that is an object": "42[{},1]",
    "broken JSON": '42["message",',
    "trailing characters": '42["message",1]x',
    "two payloads": '42["message",1]["message",2]',
    NaN: '42["message",NaN]',
    "a trailing comma": '42["message",1,]',
    "a raw control character in a string": '42["message","a\nb"]',
    "letters for an ack id": '42abc["message-with-ack",1]',
    "a negative ack id": '42-1["message-with-ack",1]',
    "a broken ack id": '421.5["message-with-ack",1]',
    "an ack whose payload is an object": "431{}",
    "an ack whose payload is a string": '431"x"',
    "CONNECT_ERROR, which is the server's to send": '44{"message":"x"}',
    "DISCONNECT with a payload": "41{}",
  };
  for (const reserved of [
    "connect",
    "connect_error",
    "disconnect",
    "disconnecting",
    "newListener",
    "removeListener",
  ]) {
    invalid[`the reserved name ${reserved}`] = `42["${reserved}",1]`;
  }
  for (const [what, packet] of Object.entries(invalid)) {
    test(`${what} closes the connection`, async () => {
      const wire = await connected(server);
      wire.send(packet);
      await wire.closedNormally();
      assert.deepEqual(wire.rest, []);
    });
  }

  test("what came before an invalid packet was handled", async () => {
    const wire = await connected(server);
    wire.send('421["message-with-ack","before"]');
    assert.equal(await wire.next(), '431["before"]');
    wire.send("42{}", '422["message-with-ack","behind"]');
    await wire.closed();
    assert.deepEqual(wire.rest, []);
  });

  test("JSON nested 100 deep is echoed", async () => {
    const wire = await connected(server);
    const nested = "[".repeat(100) + "]".repeat(100);
    wire.send(`42["message",${nested}]`);
    assert.equal(await wire.next(), `42["message-back",${nested}]`);
    wire.end();
  });

  test("the same over polling, in one payload", async () => {
    const polling = await Polling.open(server, "/socket.io/");
    await polling.post("40");
    const [connect, auth] = await polling.packets();
    assert.match(connect, /^40\{"sid":/);
    assert.equal(auth ?? (await polling.packets())[0], '42["auth",{}]');
    await polling.post('42["message",1]\x1e4212["message-with-ack","2"]');
    assert.deepEqual(await polling.packets(), ['42["message-back",1]', '4312["2"]']);
  });

  test("an invalid packet over polling closes the session", async () => {
    const polling = await Polling.open(server, "/socket.io/");
    await polling.post("40");
    await polling.packets();
    await polling.post("42{}");
    const { status, body } = await polling.poll();
    assert.ok(status === 400 || body.split("\x1e").at(-1) === "1", body);
    await polling.assertClosed();
  });
});
