import assert from "node:assert/strict";
import { suite } from "../chirrup.js";
import { Person, forEachClient, test } from "../people.js";
import { assertMessage } from "../shapes.js";
import { numbers, until } from "../time.js";
import { play } from "../transcript.js";

suite("Direct messages", (server) => {
  forEachClient("go to every device of both, once", async (client) => {
    const [ann, bob, carol] = await Person.registerAll(server, "ann", "bob", "carol");
    const devices = {
      phone: await ann.connect(client),
      laptop: await ann.connect(client),
      bob: await bob.connect(client),
      bobs: await bob.connect(),
      carol: await carol.connect(client),
    };
    const said = await play(
      devices,
      { ann: ann.id, bobId: bob.id },
      `
      phone  sends   send_direct_message {"recipientId":"$bobId","content":"hi","clientId":"c1"}
      phone  ack     {"success":true,"status":"delivered","message":{"_id":"$m1","conversationId":"$room","seq":1,"clientId":"c1"}}
      bob    gets    new_message {"conversationId":"$room","message":{"_id":"$m1","seq":1,"content":"hi","sender":{"_id":"$ann"}}}
      bobs   gets    new_message {"conversationId":"$room","message":{"_id":"$m1"}}
      laptop gets    message_sent {"conversationId":"$room","message":{"_id":"$m1","seq":1,"content":"hi"}}
      bob    sends   send_direct_message {"recipientId":"$ann","content":"hello yourself"}
      bob    ack     {"success":true,"status":"delivered","message":{"_id":"$m2","conversationId":"$room","seq":2}}
      phone  gets    new_message {"conversationId":"$room","message":{"_id":"$m2","seq":2,"content":"hello yourself"}}
      laptop gets    new_message {"conversationId":"$room","message":{"_id":"$m2"}}
      bobs   gets    message_sent {"conversationId":"$room","message":{"_id":"$m2"}}
      bob    nothing message_sent
      phone  nothing message_sent
      phone  nothing new_message
      laptop nothing new_message
      laptop nothing message_sent
      bobs   nothing new_message
      carol  nothing new_message
      carol  nothing message_sent
      `,
    );
    assertMessage(devices.bob.got("new_message")[0].message, {
      sender: ann,
      content: "hi",
      seq: 1,
      conversationId: said.room,
    });
    for (const name of ["new_group_message", "conversation_created", "conversation_updated"]) {
      assert.deepEqual(devices.carol.got(name), []);
    }
  });

  forEachClient("sent without waiting are acked and delivered as 1 to 100", async (client) => {
    const [ann, bob] = await Person.registerAll(server, "ann", "bob");
    const [from, to] = [await ann.connect(client), await bob.connect(client)];
    const acked = [];
    const sent = numbers(100).map(async (n) => {
      const { message } = await from.sendOk("send_direct_message", {
        recipientId: bob.id,
        content: `no. ${n}`,
      });
      acked.push(message);
    });
    await Promise.all(sent);
    await until("100 messages", () => to.got("new_message").length >= 100);
    const expected = numbers(100).map((n) => [n, `no. ${n}`]);
    const shown = (messages) => messages.map(({ seq, content }) => [seq, content]);
    assert.deepEqual(shown(acked), expected);
    assert.deepEqual(shown(to.got("new_message").map(({ message }) => message)), expected);
    assert.deepEqual(shown(await bob.history(acked[0].conversationId)), expected);
  });

  test("both talking at once see the same order", async () => {
    const [ann, bob] = await Person.registerAll(server, "ann", "bob");
    const [a, b] = [await ann.connect(), await bob.connect()];
    const talk = (device, to) =>
      Promise.all(
        numbers(50).map((n) => device.sendOk("send_direct_message", { recipientId: to.id, content: `${n}` })),
      );
    const [mine] = await Promise.all([talk(a, bob), talk(b, ann)]);
    await until("50 messages each", () => [a, b].every((device) => device.got("new_message").length === 50));
    const history = await ann.history(mine[0].message.conversationId);
    assert.deepEqual(
      history.map(({ seq }) => seq),
      numbers(100),
    );
    for (const [device, sender] of [
      [b, ann],
      [a, bob],
    ]) {
      const expected = history.filter((message) => message.sender._id === sender.id).map(({ _id }) => _id);
      assert.deepEqual(
        device.got("new_message").map(({ message }) => message._id),
        expected,
      );
    }
  });

  test("to somebody who is away are kept, and say so", async () => {
    const [ann, bob] = await Person.registerAll(server, "ann", "bob");
    const from = await ann.connect();
    const { message, status } = await from.sendOk("send_direct_message", {
      recipientId: bob.id,
      content: "later",
    });
    assert.equal(status, "sent");
    const [kept] = await bob.history(message.conversationId);
    assertMessage(kept, { sender: ann, content: "later", seq: 1, conversationId: message.conversationId });
  });

  test("by the conversation's id are direct messages, too", async () => {
    const [ann, bob] = await Person.registerAll(server, "ann", "bob");
    const devices = { phone: await ann.connect(), laptop: await ann.connect(), bob: await bob.connect() };
    await play(
      devices,
      { bobId: bob.id },
      `
      phone  sends   send_direct_message {"recipientId":"$bobId","content":"one"}
      phone  ack     {"success":true,"message":{"conversationId":"$room","seq":1}}
      bob    gets    new_message {"message":{"content":"one"}}
      laptop gets    message_sent {"message":{"content":"one"}}
      phone  sends   send_group_message {"conversationId":"$room","content":"two"}
      phone  ack     {"success":true,"message":{"seq":2}}
      bob    gets    new_message {"conversationId":"$room","message":{"seq":2,"content":"two"}}
      laptop gets    message_sent {"conversationId":"$room","message":{"seq":2,"content":"two"}}
      bob    nothing new_group_message
      `,
    );
  });

  test("64 people who race for the first word share one conversation each", async () => {
    const bob = await Person.register(server, "bob");
    const people = await Promise.all(numbers(64).map((n) => Person.register(server, `p${n}`)));
    const [bobs, devices] = [
      await bob.connect(),
      await Promise.all(people.map((person) => person.connect())),
    ];
    const first = await Promise.all(
      people.flatMap((person, index) => [
        devices[index].sendOk("send_direct_message", { recipientId: bob.id, content: "from them" }),
        bobs.sendOk("send_direct_message", { recipientId: person.id, content: "from bob" }),
      ]),
    );
    for (const index of people.keys()) {
      const pair = first.slice(2 * index, 2 * index + 2).map(({ message }) => message);
      assert.equal(pair[0].conversationId, pair[1].conversationId);
      assert.deepEqual(pair.map(({ seq }) => seq).sort(), [1, 2]);
    }
    assert.equal((await bob.conversations()).length, 64);
  });
});
