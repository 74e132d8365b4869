import assert from "node:assert/strict";
import { suite } from "../chirrup.js";
import { Person, forEachClient, test } from "../people.js";
import { assertMessage, assertRefused } from "../shapes.js";
import { numbers, until } from "../time.js";
import { play } from "../transcript.js";

suite("Groups", (server) => {
  forEachClient("a message reaches every device of every member, the sender's too", async (client) => {
    const [ann, bob, carol, dave] = await Person.registerAll(server, "ann", "bob", "carol", "dave");
    const { _id: room } = await ann.createGroup("Friends", bob, carol);
    const devices = {
      phone: await ann.connect(client),
      laptop: await ann.connect(client),
      bob: await bob.connect(client),
      carol: await carol.connect(),
      dave: await dave.connect(client),
    };
    await play(
      devices,
      { room, ann: ann.id },
      `
      phone  sends   send_group_message {"conversationId":"$room","content":"hi","clientId":"c1"}
      phone  ack     {"success":true,"message":{"_id":"$m1","seq":1,"conversationId":"$room"}}
      phone  gets    new_group_message {"conversationId":"$room","message":{"_id":"$m1","seq":1,"sender":{"_id":"$ann"}}}
      laptop gets    new_group_message {"conversationId":"$room","message":{"_id":"$m1","seq":1}}
      bob    gets    new_group_message {"conversationId":"$room","message":{"_id":"$m1","seq":1,"content":"hi"}}
      carol  gets    new_group_message {"conversationId":"$room","message":{"_id":"$m1","seq":1}}
      bob    sends   send_group_message {"conversationId":"$room","content":"hello"}
      bob    ack     {"success":true,"message":{"_id":"$m2","seq":2}}
      bob    gets    new_group_message {"message":{"_id":"$m2","seq":2}}
      phone  gets    new_group_message {"message":{"_id":"$m2","seq":2}}
      carol  gets    new_group_message {"message":{"_id":"$m2","seq":2}}
      phone  nothing message_sent
      laptop nothing new_message
      bob    nothing new_group_message
      dave   nothing new_group_message
      dave   sends   send_group_message {"conversationId":"$room","content":"let me in"}
      dave   ack     {"success":false,"error":"Not a member","code":"not_a_member"}
      carol  nothing new_group_message
      `,
    );
    assertMessage(devices.bob.got("new_group_message")[0].message, {
      sender: ann,
      content: "hi",
      conversationId: room,
    });
    assert.equal((await carol.history(room)).length, 2);
  });

  forEachClient("the sender's own event comes before the ack", async (client) => {
    const ann = await Person.register(server, "ann");
    const { _id: room } = await ann.createGroup("Notes");
    const { socket } = await ann.connect(client);
    const got = [];
    socket.on("new_group_message", ({ message }) => got.push(`event ${message.content}`));
    for (const n of numbers(20)) {
      const payload = { conversationId: room, content: `${n}` };
      socket.emit("send_group_message", payload, ({ message }) => got.push(`ack ${message.content}`));
    }
    await until("all is acked", () => got.includes("ack 20"));
    assert.deepEqual(
      got.filter((what) => what.startsWith("event")),
      numbers(20).map((n) => `event ${n}`),
    );
    for (const n of numbers(20)) assert.ok(got.indexOf(`event ${n}`) < got.indexOf(`ack ${n}`), `${n}`);
  });

  test("creating one tells every device of every member, and nobody else", async () => {
    const [ann, bob, dave] = await Person.registerAll(server, "ann", "bob", "dave");
    const devices = { ann: await ann.connect(), bob: await bob.connect(), dave: await dave.connect() };
    const { _id: room } = await ann.createGroup("Friends", bob);
    for (const device of [devices.ann, devices.bob]) {
      const { conversation } = await device.gets("conversation_created");
      assert.equal(conversation._id, room);
      assert.equal(conversation.type, "group");
      assert.equal(conversation.name, "Friends");
      assert.deepEqual(conversation.participants.map(({ _id }) => _id).sort(), [ann.id, bob.id].sort());
    }
    await play(
      devices,
      { room },
      `
      bob  sends   send_group_message {"conversationId":"$room","content":"hi"}
      bob  ack     {"success":true,"message":{"seq":1}}
      ann  gets    new_group_message {"conversationId":"$room","message":{"seq":1}}
      dave nothing conversation_created
      dave nothing new_group_message
      `,
    );
  });

  test("everybody talking at once is seen by everybody in one order", async () => {
    const people = await Promise.all(numbers(8).map((n) => Person.register(server, `p${n}`)));
    const [first, ...others] = people;
    const { _id: room } = await first.createGroup("Crowd", ...others);
    const devices = await Promise.all(people.map((person) => person.connect()));
    await Promise.all(
      devices.flatMap((device, index) =>
        numbers(25).map((n) =>
          device.sendOk("send_group_message", { conversationId: room, content: `${index}/${n}` }),
        ),
      ),
    );
    await until("200 messages for each", () =>
      devices.every((it) => it.got("new_group_message").length === 200),
    );
    const history = await first.history(room);
    assert.deepEqual(
      history.map(({ seq }) => seq),
      numbers(200),
    );
    for (const device of devices) {
      const seen = device.got("new_group_message").map(({ message }) => message._id);
      assert.deepEqual(
        seen,
        history.map(({ _id }) => _id),
      );
    }
    for (const [index, person] of people.entries()) {
      const own = history.filter(({ sender }) => sender._id === person.id).map(({ content }) => content);
      assert.deepEqual(
        own,
        numbers(25).map((n) => `${index}/${n}`),
      );
    }
  });

  test("nobody reads the history of a group that is not theirs", async () => {
    const [ann, bob, dave] = await Person.registerAll(server, "ann", "bob", "dave");
    const { _id: room } = await ann.createGroup("Secret", bob);
    for (const route of [`/api/conversations/${room}`, `/api/conversations/${room}/messages`]) {
      const answer = await server.request("GET", route, { token: dave.token });
      assert.ok([403, 404].includes(answer.status));
      assertRefused(answer.body, "Not a member", "not_a_member");
    }
    assert.deepEqual(await dave.conversations(), []);
  });

  test("unread counts what others said since one last spoke", async () => {
    const [ann, bob] = await Person.registerAll(server, "ann", "bob");
    const { _id: room } = await ann.createGroup("Friends", bob);
    const [a, b] = [await ann.connect(), await bob.connect()];
    const unread = async (person) =>
      (await person.conversations()).find(({ _id }) => _id === room).unreadCount;
    for (const n of numbers(3))
      await a.sendOk("send_group_message", { conversationId: room, content: `${n}` });
    assert.deepEqual([await unread(ann), await unread(bob)], [0, 3]);
    await b.sendOk("send_group_message", { conversationId: room, content: "answer" });
    assert.deepEqual([await unread(ann), await unread(bob)], [1, 0]);
  });

  test("conversations come page by page, each once and the latest first", async () => {
    const [ann, bob] = await Person.registerAll(server, "ann", "bob");
    const rooms = [];
    for (const name of ["One", "Two", "Three"]) rooms.unshift((await ann.createGroup(name, bob))._id);
    const pages = [];
    for (let after = ""; after !== undefined;) {
      const page = await bob.ask("GET", `/api/conversations?limit=1${after && `&after=${after}`}`);
      assert.equal(page.more, page.next !== undefined);
      pages.push(page.conversations.map(({ _id }) => _id));
      after = page.next;
    }
    assert.deepEqual(
      pages,
      rooms.map((room) => [room]),
    );
  });
});
