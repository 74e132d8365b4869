import assert from "node:assert/strict";
import { Chirrup, suite } from "../chirrup.js";
import { Person, forEachClient, test } from "../people.js";
import { assertInvalid, assertRefused } from "../shapes.js";
import { numbers, until } from "../time.js";
import { play } from "../transcript.js";

const standing = async (person, room) => {
  const { conversation } = await person.ask("GET", `/api/conversations/${room}`);
  return [conversation.lastReadSeq, conversation.unreadCount];
};

suite("Receipts", (server) => {
  forEachClient(
    "one message read is told to its sender's devices and one's own others, once",
    async (client) => {
      const [ann, bob] = await Person.registerAll(server, "ann", "bob");
      const devices = {
        phone: await ann.connect(client),
        laptop: await ann.connect(client),
        bob: await bob.connect(client),
        bobs: await bob.connect(client),
      };
      const { room, m1, at } = await play(
        devices,
        { ann: ann.id, bobId: bob.id },
        `
      phone  sends   send_direct_message {"recipientId":"$bobId","content":"one","clientId":"c1"}
      phone  ack     {"success":true,"message":{"_id":"$m1","conversationId":"$room","status":"delivered","readBy":[],"readCount":0}}
      phone  sends   send_direct_message {"recipientId":"$bobId","content":"two"}
      phone  ack     {"success":true,"message":{"_id":"$m2"}}
      bob    gets    new_message {"message":{"_id":"$m1"}}
      bob    sends   mark_as_read {"messageId":"$m1"}
      bob    ack     {"success":true}
      phone  gets    message_read {"messageId":"$m1","conversationId":"$room","readBy":"$bobId","readAt":"$at"}
      laptop gets    message_read {"messageId":"$m1","conversationId":"$room","readBy":"$bobId","readAt":"$at"}
      bobs   gets    conversation_read {"conversationId":"$room","userId":"$bobId","seq":1,"readAt":"$at"}
      bob    sends   mark_as_read {"messageId":"$m1"}
      bob    ack     {"success":true}
      phone  sends   mark_as_read {"messageId":"$m1"}
      phone  ack     {"success":true}
      phone  sends   send_direct_message {"recipientId":"$bobId","content":"one","clientId":"c1"}
      phone  ack     {"success":true,"status":"read","message":{"_id":"$m1","status":"read","readBy":[{"user":"$bobId","readAt":"$at"}],"readCount":1}}
      phone  nothing message_read
      laptop nothing message_read
      phone  nothing conversation_read
      bob    nothing conversation_read
      bobs   nothing conversation_read
      bob    nothing message_read
      `,
      );
      const history = await ann.history(room);
      assert.deepEqual(
        history.map(({ status, readBy, readCount }) => [status, readBy, readCount]),
        [
          ["read", [{ user: bob.id, readAt: at }], 1],
          ["delivered", [], 0],
        ],
      );
      assert.deepEqual((await bob.ask("GET", `/api/messages/${m1}`)).message, history[0]);
      assert.deepEqual(await standing(bob, room), [1, 1]);
      assert.deepEqual(await standing(ann, room), [2, 0]);
    },
  );

  test("a conversation read is told to its members, and to each sender message by message", async () => {
    const [ann, bob, carol, eve] = await Person.registerAll(server, "ann", "bob", "carol", "eve");
    const { _id: room } = await ann.createGroup("Friends", bob, carol);
    const devices = {
      ann: await ann.connect(),
      bob: await bob.connect(),
      bobs: await bob.connect(),
      carol: await carol.connect(),
      eve: await eve.connect(),
    };
    await play(
      devices,
      { room, bobId: bob.id },
      `
      ann    sends   send_group_message {"conversationId":"$room","content":"1"}
      ann    ack     {"success":true,"message":{"_id":"$m1"}}
      carol  sends   send_group_message {"conversationId":"$room","content":"2"}
      carol  ack     {"success":true,"message":{"_id":"$m2"}}
      ann    sends   send_group_message {"conversationId":"$room","content":"3"}
      ann    ack     {"success":true,"message":{"_id":"$m3"}}
      bob    sends   mark_conversation_read {"conversationId":"$room","seq":2}
      bob    ack     {"success":true,"unreadCount":1}
      ann    gets    message_read {"messageId":"$m1","conversationId":"$room","readBy":"$bobId","readAt":"$at"}
      carol  gets    message_read {"messageId":"$m2","readBy":"$bobId","readAt":"$at"}
      ann    gets    conversation_read {"conversationId":"$room","userId":"$bobId","seq":2,"readAt":"$at"}
      carol  gets    conversation_read {"conversationId":"$room","userId":"$bobId","seq":2,"readAt":"$at"}
      bobs   gets    conversation_read {"conversationId":"$room","userId":"$bobId","seq":2,"readAt":"$at"}
      bob    sends   mark_conversation_read {"conversationId":"$room","seq":1}
      bob    ack     {"success":true,"unreadCount":1}
      eve    sends   mark_conversation_read {"conversationId":"$room","seq":3}
      eve    ack     {"success":false,"error":"Not a member","code":"not_a_member"}
      ann    nothing conversation_read
      bob    sends   mark_conversation_read {"conversationId":"$room","seq":9999}
      bob    ack     {"success":true,"unreadCount":0}
      ann    gets    message_read {"messageId":"$m3"}
      ann    gets    conversation_read {"seq":3}
      ann    nothing message_read
      carol  nothing message_read
      bob    nothing conversation_read
      eve    nothing conversation_read
      eve    nothing message_read
      `,
    );
    assert.deepEqual(await standing(bob, room), [3, 0]);
    assert.deepEqual(await standing(carol, room), [2, 1]);
    const readers = (await carol.history(room)).map(({ readBy }) => readBy.map(({ user }) => user));
    assert.deepEqual(readers, [[bob.id], [bob.id], [bob.id]]);
  });

  test("neighbours marked one by one show the same time, later ones their own", async () => {
    const [ann, bob] = await Person.registerAll(server, "ann", "bob");
    const { _id: room } = await ann.createGroup("Friends", bob);
    const [from, to, other] = [await ann.connect(), await bob.connect(), await bob.connect()];
    const ids = [];
    for (const n of numbers(20)) {
      const { message } = await from.sendOk("send_group_message", { conversationId: room, content: `${n}` });
      ids.push(message._id);
    }
    await Promise.all(ids.map((messageId) => to.sendOk("mark_as_read", { messageId })));
    await until("20 receipts", () => from.got("message_read").length === 20);
    const events = from.got("message_read");
    assert.deepEqual(
      events.map(({ messageId }) => messageId),
      ids,
    );
    const history = await ann.history(room);
    assert.deepEqual(
      history.map(({ readBy }) => readBy),
      events.map(({ readAt }) => [{ user: bob.id, readAt }]),
      "what was told is what is shown",
    );
    await until("20 moves of the pointer", () => other.got("conversation_read").length === 20);
    assert.deepEqual(
      other.got("conversation_read").map(({ seq }) => seq),
      numbers(20),
    );
  });

  test("of a long conversation the newest fifty are told to each sender", async () => {
    const [ann, bob] = await Person.registerAll(server, "ann", "bob");
    const { _id: room } = await ann.createGroup("Friends", bob);
    const [from, to] = [await ann.connect(), await bob.connect()];
    const sent = await Promise.all(
      numbers(80).map((n) =>
        from.sendOk("send_group_message", { conversationId: room, content: `${n}`, clientId: `c${n}` }),
      ),
    );
    await to.sendOk("mark_conversation_read", { conversationId: room, seq: 80 });
    await from.gets("conversation_read");
    assert.deepEqual(
      from.got("message_read").map(({ messageId }) => messageId),
      sent.slice(30).map(({ message }) => message._id),
    );
    assert.ok(
      (await ann.history(room)).every(({ status, readCount }) => status === "read" && readCount === 1),
    );
  });

  test("all readers are listed in pages, the first to read it first", async () => {
    const [ann, ...others] = await Person.registerAll(server, "ann", "bob", "carol", "dave");
    const { _id: room } = await ann.createGroup("Friends", ...others);
    const from = await ann.connect();
    const { message } = await from.sendOk("send_group_message", { conversationId: room, content: "hi" });
    const order = [others[2], others[0], others[1]];
    for (const reader of order) {
      await (await reader.connect()).sendOk("mark_as_read", { messageId: message._id });
    }
    await until("three receipts", () => from.got("message_read").length === 3);
    const told = from.got("message_read");
    const route = `/api/messages/${message._id}/readers`;
    const first = await ann.ask("GET", `${route}?limit=2`);
    const rest = await others[0].ask("GET", `${route}?limit=2&after=${first.readers[1].user}`);
    assert.deepEqual([first.more, rest.more], [true, false]);
    assert.deepEqual(
      [...first.readers, ...rest.readers],
      order.map(({ id, username }, index) => ({
        user: id,
        username,
        avatar: null,
        readAt: told[index].readAt,
      })),
    );
  });

  test("a stranger, and whoever names what is no message, changes nothing", async () => {
    const [ann, bob, eve] = await Person.registerAll(server, "ann", "bob", "eve");
    const [from, evil] = [await ann.connect(), await eve.connect()];
    const { message } = await from.sendOk("send_direct_message", { recipientId: bob.id, content: "secret" });
    for (const messageId of [message._id, "65a51c2f0123456789abcdef", "nonsense", ""]) {
      assertRefused(await evil.send("mark_as_read", { messageId }), "Message not found", "message_not_found");
    }
    for (const messageId of [null, 1, true, {}, { $ne: null }, ["x"], undefined]) {
      assertInvalid(await evil.send("mark_as_read", { messageId }), "messageId");
    }
    const conversationId = message.conversationId;
    for (const seq of [null, -1, 1.5, "1", {}, [1], undefined]) {
      assertInvalid(await from.send("mark_conversation_read", { conversationId, seq }), "seq");
    }
    for (const id of [conversationId, "nonsense"]) {
      const ack = await evil.send("mark_conversation_read", { conversationId: id, seq: 1 });
      assertRefused(ack, "Not a member", "not_a_member");
    }
    for (const event of ["mark_as_read", "mark_conversation_read"]) {
      for (const payload of [null, "x", [], 1]) {
        assert.equal((await evil.send(event, payload)).code, "invalid_payload");
      }
      assert.equal((await evil.send(event)).code, "invalid_payload");
      evil.socket.emit(event);
    }
    const [kept] = await ann.history(conversationId);
    assert.deepEqual([kept.status, kept.readBy], ["sent", []]);
    assert.deepEqual(from.got("message_read"), []);
  });

  test("notes to oneself are never read, and never unread", async () => {
    const ann = await Person.register(server, "ann");
    const [phone, laptop] = [await ann.connect(), await ann.connect()];
    const { message } = await phone.sendOk("send_direct_message", { recipientId: ann.id, content: "milk" });
    await laptop.gets("new_message");
    await laptop.sendOk("mark_as_read", { messageId: message._id });
    const { unreadCount } = await laptop.sendOk("mark_conversation_read", {
      conversationId: message.conversationId,
      seq: 1,
    });
    assert.equal(unreadCount, 0);
    const [kept] = await ann.history(message.conversationId);
    assert.deepEqual(kept.readBy, []);
    for (const device of [phone, laptop]) {
      assert.deepEqual(device.unasked("message_read", "conversation_read"), []);
    }
  });

  test("two people reading each other's words mark only those", async () => {
    const [ann, bob] = await Person.registerAll(server, "ann", "bob");
    const [a, b] = [await ann.connect(), await bob.connect()];
    for (const n of numbers(10)) {
      const [device, to] = n % 2 ? [a, bob] : [b, ann];
      await device.sendOk("send_direct_message", { recipientId: to.id, content: `${n}` });
    }
    const [{ _id: room }] = await ann.conversations();
    await a.sendOk("mark_conversation_read", { conversationId: room, seq: 10 });
    await b.sendOk("mark_conversation_read", { conversationId: room, seq: 10 });
    const { message } = await a.sendOk("send_direct_message", { recipientId: bob.id, content: "11" });
    await b.sendOk("mark_as_read", { messageId: message._id });
    const readers = (await bob.history(room)).map(({ readBy }) => readBy.map(({ user }) => user));
    assert.deepEqual(readers.slice(9), [[ann.id], [bob.id]]);
    assert.ok(readers.every(([reader], index) => reader !== (index % 2 ? bob.id : ann.id)));
  });
});

test("receipts and pointers are the same after kill -9", async () => {
  const server = new Chirrup();
  try {
    await server.start();
    const [ann, bob, carol] = await Person.registerAll(server, "ann", "bob", "carol");
    const { _id: room } = await ann.createGroup("Friends", bob, carol);
    const [from, to, third] = [await ann.connect(), await bob.connect(), await carol.connect()];
    const sent = [];
    for (const n of numbers(30)) {
      sent.push(await from.sendOk("send_group_message", { conversationId: room, content: `${n}` }));
    }
    await to.sendOk("mark_conversation_read", { conversationId: room, seq: 20 });
    await third.sendOk("mark_as_read", { messageId: sent[4].message._id });
    const before = [await ann.history(room), await standing(bob, room), await standing(carol, room)];
    assert.deepEqual(before.slice(1), [
      [20, 10],
      [5, 25],
    ]);

    await server.stop("SIGKILL");
    await server.start();
    assert.deepEqual(
      [await ann.history(room), await standing(bob, room), await standing(carol, room)],
      before,
    );
    const again = await bob.connect();
    await again.sendOk("mark_as_read", { messageId: sent[4].message._id });
    assert.deepEqual(await ann.history(room), before[0]);
  } finally {
    await server.end();
  }
});
