import assert from "node:assert/strict";
import { Chirrup, suite } from "../chirrup.js";
import { Person, forEachClient, test } from "../people.js";
import { numbers, sleep, until } from "../time.js";

const shown = (device) => device.got("new_message").map(({ message }) => message.content);
const status = async (person, room) => (await person.history(room)).map((message) => message.status);

async function sendAll(device, recipient, contents) {
  const sent = [];
  for (const content of contents) {
    sent.push(await device.sendOk("send_direct_message", { recipientId: recipient.id, content }));
  }
  return sent.map(({ message }) => message);
}

suite("Direct messages that wait", (server) => {
  forEachClient("come with the next connection, oldest first, and their senders are told", async (client) => {
    const [ann, bob, carol] = await Person.registerAll(server, "ann", "bob", "carol");
    const [phone, laptop, third] = [
      await ann.connect(client),
      await ann.connect(client),
      await carol.connect(),
    ];
    const words = await sendAll(phone, bob, ["one", "two"]);
    await sendAll(third, bob, ["three"]);
    words.push(...(await sendAll(phone, bob, ["four"])));
    const room = words[0].conversationId;
    assert.deepEqual(await status(ann, room), ["sent", "sent", "sent"]);

    const device = await bob.connect(client);
    await until("four messages", () => shown(device).length >= 4);
    assert.deepEqual(shown(device), ["one", "two", "three", "four"]);
    const { message } = device.got("new_message")[0];
    assert.deepEqual([message._id, message.seq, message.sender._id], [words[0]._id, 1, ann.id]);
    for (const sender of [phone, laptop]) {
      const told = await sender.gets("message_delivered");
      assert.match(told.deliveredAt, /Z$/);
      delete told.deliveredAt;
      assert.deepEqual(told, {
        messageId: words[2]._id,
        conversationId: room,
        seq: 3,
        deliveredTo: bob.id,
      });
    }
    await third.gets("message_delivered");
    assert.deepEqual(await status(ann, room), ["delivered", "delivered", "delivered"]);

    await sendAll(phone, bob, ["five"]);
    await until("the live one", () => shown(device).length >= 5);
    device.leave();
    const next = await bob.connect(client);
    await sleep(200);
    assert.deepEqual(shown(next), []);
    assert.deepEqual(shown(device), ["one", "two", "three", "four", "five"]);
    assert.deepEqual(phone.unasked("message_delivered"), []);
  });

  test("reach each of two devices that connect at once, and no later one", async () => {
    const [ann, bob] = await Person.registerAll(server, "ann", "bob");
    const from = await ann.connect();
    const contents = numbers(30).map(String);
    await sendAll(from, bob, contents);
    const both = [bob.device(), bob.device()];
    await Promise.all(both.map((device) => device.arrival()));
    await from.gets("message_delivered");
    await until("all on one of them", () => both.some((device) => shown(device).length === 30));
    await sleep(100);
    for (const device of both) {
      assert.ok([0, 30].includes(shown(device).length));
      assert.deepEqual(shown(device), contents.slice(0, shown(device).length));
    }
    const later = await bob.connect();
    await sleep(150);
    assert.deepEqual(shown(later), []);
    assert.equal(from.got("message_delivered").length, 1);
  });

  test("come before what is sent meanwhile, and nothing is lost or repeated", async () => {
    const [ann, bob] = await Person.registerAll(server, "ann", "bob");
    const { _id: group } = await ann.createGroup("Friends", bob);
    const from = await ann.connect();
    for (const round of numbers(5)) {
      const count = 120;
      const seen = new Map();
      const sending = (async () => {
        for (const n of numbers(count)) {
          const direct = n % 3 !== 0;
          const event = direct ? "send_direct_message" : "send_group_message";
          const to = direct ? { recipientId: bob.id } : { conversationId: group };
          const { message } = await from.sendOk(event, { ...to, content: `${round}.${n}` });
          seen.set(message._id, direct);
        }
      })();
      await until("a third", () => seen.size > count / 3);
      const device = await bob.connect();
      await sending;
      const last = `${round}.${count - 1}`;
      await until("the last one", () => shown(device).includes(last));
      const direct = [...seen.keys()].filter((id) => seen.get(id));
      assert.deepEqual(
        device.got("new_message").map(({ message }) => message._id),
        direct,
      );
      const seqs = device.got("new_group_message").map(({ message }) => message.seq);
      assert.deepEqual(
        seqs,
        seqs.map((_, index) => seqs[0] + index),
        "a group's messages come without a gap from the first",
      );
      await until("the confirmation", async () => {
        const history = await bob.history(device.got("new_message")[0].conversationId);
        return history.filter((message) => message.status === "sent").length === 0;
      });
      device.leave();
      await until("bob to be gone", async () => {
        const { user } = await ann.ask("GET", `/api/users/${bob.id}`);
        return !user.isOnline;
      });
    }
  });

  test("are at most the newest thousand; older ones are in the history", async () => {
    const [ann, bob] = await Person.registerAll(server, "ann", "bob");
    const from = await ann.connect();
    const count = 1030;
    const sent = await Promise.all(
      numbers(count).map((n) =>
        from.sendOk("send_direct_message", { recipientId: bob.id, content: `${n} ${"x".repeat(5000)}` }),
      ),
    );
    const device = await bob.connect();
    const told = await from.gets("message_delivered");
    assert.equal(told.seq, count);
    assert.deepEqual(
      device.got("new_message").map(({ message }) => message.seq),
      numbers(count).slice(30),
    );
    const statuses = await status(bob, sent[0].message.conversationId);
    assert.deepEqual(new Set(statuses), new Set(["delivered"]));
  });

  test("that nobody confirms come again", async () => {
    const [ann, bob] = await Person.registerAll(server, "ann", "bob");
    const from = await ann.connect();
    const [word] = await sendAll(from, bob, ["one"]);
    const deaf = bob.device();
    // It hears everything and answers no ping.
    deaf.socket.io.once("open", () => {
      const { engine } = deaf.socket.io;
      const send = engine._sendPacket;
      engine._sendPacket = (type, ...rest) => type !== "pong" && send.call(engine, type, ...rest);
    });
    await deaf.arrival();
    await deaf.gets("new_message");
    await sleep(150);
    assert.deepEqual(await status(ann, word.conversationId), ["sent"]);
    deaf.leave();
    const device = await bob.connect();
    assert.equal((await device.gets("new_message")).message._id, word._id);
    await from.gets("message_delivered");
    assert.deepEqual(await status(ann, word.conversationId), ["delivered"]);
  });

  test("that were read before are read when they come", async () => {
    const [ann, bob] = await Person.registerAll(server, "ann", "bob");
    const from = await ann.connect();
    const [word] = await sendAll(from, bob, ["one"]);
    const device = await bob.connect();
    const { message } = await device.gets("new_message");
    assert.deepEqual([message._id, message.status], [word._id, "sent"]);
    await device.sendOk("mark_as_read", { messageId: message._id });
    await from.gets("message_read");
    await from.gets("message_delivered");
    assert.deepEqual(await status(ann, word.conversationId), ["read"]);
  });
});

test("messages wait through kill -9", async () => {
  const server = new Chirrup();
  try {
    await server.start();
    const [ann, bob] = await Person.registerAll(server, "ann", "bob");
    const sent = await sendAll(await ann.connect(), bob, ["one", "two"]);
    await server.stop("SIGKILL");
    await server.start();
    const from = await ann.connect();
    const device = await bob.connect();
    const told = await from.gets("message_delivered");
    assert.equal(told.messageId, sent[1]._id);
    assert.deepEqual(shown(device), ["one", "two"]);
    await server.stop("SIGKILL");
    await server.start();
    const next = await bob.connect();
    await sleep(150);
    assert.deepEqual(shown(next), []);
    assert.deepEqual(await status(bob, sent[0].conversationId), ["delivered", "delivered"]);
  } finally {
    await server.end();
  }
});
