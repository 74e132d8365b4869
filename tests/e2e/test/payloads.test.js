import assert from "node:assert/strict";
import { suite } from "../chirrup.js";
import { Person, anyClient, forEachClient, test } from "../people.js";
import { assertInvalid, assertRefused } from "../shapes.js";
import { sleep } from "../time.js";

const wrongTypes = {
  null: null,
  "a number": 1,
  "a boolean": true,
  "an object": { $ne: null },
  "a list": ["x"],
};

suite("Payloads", (server) => {
  async function pair() {
    const [ann, bob] = await Person.registerAll(server, "ann", "bob");
    const { _id: room } = await ann.createGroup("Friends", bob);
    const [from, to] = [await ann.connect(), await bob.connect()];
    return { ann, bob, room, from, to };
  }

  /** Nothing was stored or told, and the connection is as good as before. */
  async function assertUnchanged({ ann, bob, room, from, to }) {
    assert.deepEqual(await ann.history(room), []);
    assert.equal((await ann.conversations()).length, 1);
    await from.sendOk("send_direct_message", { recipientId: bob.id, content: "the first word" });
    const { message } = await to.gets("new_message");
    assert.deepEqual([message.seq, message.content], [1, "the first word"]);
    assert.deepEqual(to.unasked("new_message", "new_group_message"), []);
  }

  for (const [event, target] of [
    ["send_direct_message", "recipientId"],
    ["send_group_message", "conversationId"],
  ]) {
    test(`${event}: a wrong ${target} is refused by name`, async () => {
      const people = await pair();
      for (const [what, value] of Object.entries(wrongTypes)) {
        const ack = await people.from.send(event, { [target]: value, content: "hi" });
        assertInvalid(ack, target, what);
      }
      assertInvalid(await people.from.send(event, { content: "hi" }), target);
      assertInvalid(await people.from.send(event, {}), target);
      await assertUnchanged(people);
    });

    test(`${event}: a wrong content, clientId or file is refused by name`, async () => {
      const people = await pair();
      const good = { [target]: event === "send_direct_message" ? people.bob.id : people.room, content: "hi" };
      for (const value of [1, true, {}, ["hi"], { $gt: "" }]) {
        assertInvalid(await people.from.send(event, { ...good, content: value }), "content");
      }
      for (const value of [1, true, {}, ["c1"], "", "x".repeat(65)]) {
        assertInvalid(await people.from.send(event, { ...good, clientId: value }), "clientId");
      }
      for (const value of [
        { url: "/uploads/somebody-elses.png" },
        { url: "http://evil.example/x.png", size: 1 },
        1,
        "x",
      ]) {
        const ack = await people.from.send(event, { ...good, file: value });
        assert.equal(ack.success, false);
        assert.equal(ack.error, "Invalid file");
      }
      await assertUnchanged(people);
    });

    test(`${event}: what is no object is refused`, async () => {
      const people = await pair();
      for (const payload of [null, 1, true, "text", [], ["a", "b"], Buffer.from("binary")]) {
        const ack = await people.from.send(event, payload);
        assert.deepEqual([ack.success, ack.code], [false, "invalid_payload"], JSON.stringify(payload));
      }
      const none = await people.from.send(event);
      assert.deepEqual([none.success, none.code], [false, "invalid_payload"]);
      await assertUnchanged(people);
    });

    test(`${event}: an empty or endless message is refused`, async () => {
      const people = await pair();
      const to = { [target]: event === "send_direct_message" ? people.bob.id : people.room };
      for (const content of [undefined, null, ""]) {
        assertRefused(await people.from.send(event, { ...to, content }), "Empty message");
      }
      const long = await people.from.send(event, { ...to, content: "x".repeat(10_001) });
      assertRefused(long, "Message too long", "too_long");
      await assertUnchanged(people);
    });
  }

  test("a conversation that does not exist is none that one is a member of", async () => {
    const people = await pair();
    for (const conversationId of ["65a51c2f0123456789abcdef", "general", ""]) {
      assertRefused(
        await people.from.send("send_group_message", { conversationId, content: "hi" }),
        "Not a member",
        "not_a_member",
      );
    }
    await assertUnchanged(people);
  });

  test("10,000 characters of any script arrive as they were written", async () => {
    const { room, from, to } = await pair();
    const texts = [
      "\u{1f426}".repeat(10_000),
      "ü\u0000\u2028\\\"'<script>&amp;\r\n\t",
      "\u202Eabc\u200d",
      "  both ends  x",
    ];
    for (const content of texts) {
      await from.sendOk("send_group_message", { conversationId: room, content });
      const { message } = await to.gets("new_group_message");
      assert.equal(message.content.trim(), content.trim());
    }
  });

  test("half of an emoji is refused or stored, and harms nobody", async () => {
    const { room, from, to } = await pair();
    const ack = await from.send("send_group_message", { conversationId: room, content: "cut \ud83d" });
    if (!ack.success) assertInvalid(ack, "content");
    await from.sendOk("send_group_message", { conversationId: room, content: "whole" });
    while ((await to.gets("new_group_message")).message.content !== "whole");
  });

  forEachClient("no callback is no harm", async (client) => {
    const [ann, bob] = await Person.registerAll(server, "ann", "bob");
    const [from, to] = [await ann.connect(client), await bob.connect(client)];
    const events = [
      "send_direct_message",
      "send_group_message",
      "mark_as_read",
      "mark_conversation_read",
      "join_group",
      "leave_group",
      "typing_start",
      "typing_stop",
      "edit_message",
      "delete_message",
      "add_reaction",
      "remove_reaction",
      "refresh_token",
    ];
    for (const event of events) {
      for (const args of [
        [],
        [null],
        [{}],
        ["x"],
        [undefined, undefined],
        [{ conversationId: { $ne: null } }],
      ]) {
        from.socket.emit(event, ...args);
      }
    }
    from.socket.emit("send_direct_message", { recipientId: bob.id, content: "without a callback" });
    const { message } = await to.gets("new_message");
    assert.equal(message.content, "without a callback");
    assert.ok(from.connected);
  });

  forEachClient("unknown events do nothing", async (client) => {
    const [ann, bob] = await Person.registerAll(server, "ann", "bob");
    const [from, to] = [await ann.connect(client), await bob.connect(client)];
    let answer = { success: false };
    for (const event of [
      "whatever",
      "message",
      "new_message",
      "constructor",
      "__proto__",
      "error",
      "x".repeat(500),
    ]) {
      from.socket.emit(event, { recipientId: bob.id, content: "no" });
    }
    from.socket.emit("whatever", Buffer.from("binary"), (got) => (answer = got));
    await from.sendOk("send_direct_message", { recipientId: bob.id, content: "yes" });
    assert.equal((await to.gets("new_message")).message.content, "yes");
    await sleep(50);
    assert.deepEqual([answer.success, from.connected, to.got("new_message").length], [false, true, 1]);
  });

  test("more arguments than the event has are no harm", async () => {
    const [ann, bob] = await Person.registerAll(server, "ann", "bob");
    const device = await ann.connect();
    await device.sendOk(
      "send_direct_message",
      { recipientId: bob.id, content: "hi" },
      "and",
      { more: 1 },
      [],
    );
  });

  test("a bad client does not disturb a good one", async () => {
    const [ann, bob, mallory] = await Person.registerAll(server, "ann", "bob", "mallory");
    const [from, to] = [await ann.connect(), await bob.connect()];
    const bad = await mallory.connect(anyClient);
    bad.socket.emit("send_direct_message", { recipientId: bob.id, content: "x".repeat(2_000_000) });
    for (let n = 0; n < 200; n++) bad.socket.emit("send_group_message", { conversationId: n, content: n });
    for (let n = 0; n < 20; n++) {
      await from.sendOk("send_direct_message", { recipientId: bob.id, content: `${n}` });
      assert.equal((await to.gets("new_message")).message.content, `${n}`);
    }
  });
});
