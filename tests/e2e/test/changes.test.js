import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import path from "node:path";
import { Chirrup, suite } from "../chirrup.js";
import { PNG, upload } from "../files.js";
import { Person, forEachClient, test } from "../people.js";
import { editedInTime } from "../scenes.js";
import { assertRefused } from "../shapes.js";
import { sleep, until } from "../time.js";
import { play } from "../transcript.js";

const nameOf = ({ url }) => url.split("/").at(-1);
const contents = (server) => readdir(path.join(server.dataDir, "uploads"));

/** Joins another picture behind the first, so that a thousand are different. */
const joined = (n) => `\u{200d}${String.fromCodePoint(0x1f400 + Math.floor(n / 32))}`;

suite("Edits", (server) => {
  forEachClient("an edit reaches every device of both people, before the ack", async (client) => {
    const [ann, bob, eve] = await Person.registerAll(server, "ann", "bob", "eve");
    const devices = {
      ann: await ann.connect(client),
      laptop: await ann.connect(),
      bob: await bob.connect(client),
      eve: await eve.connect(),
    };
    const known = await play(
      devices,
      { bob: bob.id, me: ann.id },
      `
      ann    sends   send_direct_message {"recipientId":"$bob","content":"helo"}
      ann    ack     {"success":true,"message":{"_id":"$m","conversationId":"$room","seq":1,"createdAt":"$sent"}}
      ann    sends   edit_message {"messageId":"$m","content":"hello"}
      ann    ack     {"success":true,"message":{"_id":"$m","content":"hello","editedAt":"$edited","updatedAt":"$edited"}}
      ann    gets    message_updated {"conversationId":"$room","message":{"_id":"$m","seq":1,"content":"hello"}}
      laptop gets    message_updated {"conversationId":"$room","message":{"_id":"$m","sender":{"_id":"$me"},"createdAt":"$sent","editedAt":"$edited"}}
      bob    gets    message_updated {"conversationId":"$room","message":{"_id":"$m","content":"hello","status":"delivered"}}
      ann    sends   edit_message {"messageId":"$m","content":"hello"}
      ann    ack     {"success":true,"message":{"_id":"$m","content":"hello","editedAt":"$edited"}}
      bob    nothing message_updated
      ann    nothing message_updated
      eve    nothing message_updated
      `,
    );
    const [message] = await bob.history(known.room);
    assert.deepEqual([message.content, message.editedAt], ["hello", known.edited]);
    assert.deepEqual((await ann.ask("GET", `/api/messages/${known.m}`)).message, message);
    assert.equal((await bob.conversations())[0].lastMessage.content, "hello");
  });

  forEachClient("edits and messages of a group come in one order", async (client) => {
    const [ann, bob] = await Person.registerAll(server, "ann", "bob");
    const { _id: room } = await ann.createGroup("Friends", bob);
    const devices = [await ann.connect(client), await bob.connect(client)];
    const seen = devices.map((device) => {
      const contents = [];
      device.socket.onAny((name, { message }) => {
        if (message) contents.push(`${name} ${message.seq} ${message.content}`);
      });
      return contents;
    });
    const [anns, bobs] = devices;
    const { message } = await anns.sendOk("send_group_message", { conversationId: room, content: "0" });
    const edit = async (n) => {
      await anns.sendOk("edit_message", { messageId: message._id, content: `${n}` });
      assert.ok(seen[0].includes(`message_updated 1 ${n}`), "the ack came before the event");
    };
    await Promise.all([
      ...[1, 2, 3].map(edit),
      ...[4, 5, 6].map((n) => bobs.sendOk("send_group_message", { conversationId: room, content: `${n}` })),
    ]);
    await sleep(100);
    assert.equal(seen[0].length, 7);
    assert.deepEqual(seen[0], seen[1]);
    assert.equal((await ann.history(room))[0].content, "3");
  });

  test("a message that waits comes as it is now", async () => {
    const [ann, bob] = await Person.registerAll(server, "ann", "bob");
    const anns = await ann.connect();
    const { message } = await anns.sendOk("send_direct_message", { recipientId: bob.id, content: "helo" });
    await anns.sendOk("edit_message", { messageId: message._id, content: "hello" });
    const bobs = await bob.connect();
    assert.equal((await bobs.gets("new_message")).message.content, "hello");
    assert.deepEqual(bobs.unasked("message_updated"), []);
  });

  test("a member who has been removed gets no more of it", async () => {
    const [ann, bob] = await Person.registerAll(server, "ann", "bob");
    const { _id: room } = await ann.createGroup("Friends", bob);
    const [anns, bobs] = [await ann.connect(), await bob.connect()];
    const { message } = await anns.sendOk("send_group_message", { conversationId: room, content: "hi" });
    await ann.ask("DELETE", `/api/conversations/${room}/members/${bob.id}`);
    await anns.sendOk("edit_message", { messageId: message._id, content: "secret" });
    await bobs.gets("conversation_removed");
    await sleep(100);
    assert.deepEqual(bobs.got("message_updated"), []);
  });
});

suite("Deletions", (server) => {
  forEachClient("a deleted message is empty for everybody, and its file is gone", async (client) => {
    const [ann, bob] = await Person.registerAll(server, "ann", "bob");
    const { file } = await upload(ann, PNG, "cat.png");
    const devices = {
      ann: await ann.connect(client),
      laptop: await ann.connect(),
      bob: await bob.connect(client),
    };
    const known = await play(
      devices,
      { bob: bob.id, url: file.url },
      `
      ann    sends   send_direct_message {"recipientId":"$bob","content":"look","file":{"url":"$url"}}
      ann    ack     {"success":true,"message":{"_id":"$m","conversationId":"$room","seq":1,"messageType":"image"}}
      ann    sends   delete_message {"messageId":"$m"}
      ann    ack     {"success":true}
      ann    gets    message_updated {"conversationId":"$room","message":{"_id":"$m","seq":1,"content":"","messageType":"text","deletedAt":"$deleted"}}
      laptop gets    message_updated {"message":{"_id":"$m","content":"","deletedAt":"$deleted"}}
      bob    gets    message_updated {"message":{"_id":"$m","content":"","deletedAt":"$deleted","updatedAt":"$deleted"}}
      ann    sends   delete_message {"messageId":"$m"}
      ann    ack     {"success":false,"error":"Message not found","code":"message_not_found"}
      ann    sends   edit_message {"messageId":"$m","content":"again"}
      ann    ack     {"success":false,"error":"Message not found","code":"message_not_found"}
      bob    sends   mark_as_read {"messageId":"$m"}
      bob    ack     {"success":true}
      ann    sends   send_direct_message {"recipientId":"$bob","content":"look","file":{"url":"$url"}}
      ann    ack     {"success":false,"error":"Invalid file","code":"invalid_file"}
      bob    nothing message_updated
      `,
    );
    const [message] = await bob.history(known.room);
    assert.equal(message.deletedAt, known.deleted);
    assert.ok(!("file" in message));
    const [{ lastMessage }] = await ann.conversations();
    assert.deepEqual([lastMessage.content, lastMessage.messageType], ["", "text"]);
    assert.equal((await fetch(server.url + file.url)).status, 404);
    await until("the content is gone", async () => !(await contents(server)).includes(nameOf(file)));
  });

  test("a file stays while another message carries it", async () => {
    const [ann, bob] = await Person.registerAll(server, "ann", "bob");
    const { file } = await upload(ann, PNG, "cat.png");
    const device = await ann.connect();
    const send = () => device.sendOk("send_direct_message", { recipientId: bob.id, content: "", file });
    const { message: first } = await send();
    const { message: second } = await send();
    await device.sendOk("delete_message", { messageId: first._id });
    await sleep(300);
    assert.deepEqual((await bob.history(first.conversationId))[1], second);
    assert.equal((await fetch(server.url + file.url)).status, 200);
  });

  test("an admin deletes what members said, and unread counts stay", async () => {
    const [ann, bob] = await Person.registerAll(server, "ann", "bob");
    const { _id: room } = await ann.createGroup("Friends", bob);
    const [anns, bobs] = [await ann.connect(), await bob.connect()];
    const { message } = await bobs.sendOk("send_group_message", { conversationId: room, content: "rude" });
    await anns.sendOk("delete_message", { messageId: message._id });
    const updated = await bobs.gets("message_updated");
    assert.deepEqual([updated.message.content, updated.message.sender._id], ["", bob.id]);
    assert.equal((await ann.conversations())[0].unreadCount, 1);
  });
});

suite("Answers and mentions", (server) => {
  forEachClient("an answer shows what it answers, as it is now", async (client) => {
    const [ann, bob] = await Person.registerAll(server, "ann", "bob");
    const devices = { ann: await ann.connect(client), bob: await bob.connect(client) };
    const known = await play(
      devices,
      { ann: ann.id, bob: bob.id, name: ann.username },
      `
      ann sends send_direct_message {"recipientId":"$bob","content":"lunch?"}
      ann ack   {"success":true,"message":{"_id":"$m","conversationId":"$room"}}
      bob gets  new_message {"message":{"_id":"$m"}}
      bob sends send_direct_message {"recipientId":"$ann","content":"yes","replyTo":"$m"}
      bob ack   {"success":true,"message":{"_id":"$r","replyTo":{"_id":"$m","content":"lunch?","messageType":"text","sender":{"_id":"$ann","username":"$name"}}}}
      ann gets  new_message {"message":{"_id":"$r","replyTo":{"_id":"$m","content":"lunch?","sender":{"_id":"$ann"}}}}
      bob sends send_group_message {"conversationId":"$room","content":"where?","replyTo":"$r"}
      bob ack   {"success":true,"message":{"replyTo":{"_id":"$r","content":"yes"}}}
      ann gets  new_message {"message":{"replyTo":{"_id":"$r","content":"yes","sender":{"_id":"$bob"}}}}
      ann sends edit_message {"messageId":"$m","content":"dinner?"}
      ann ack   {"success":true}
      `,
    );
    const [, answer] = await bob.history(known.room);
    assert.equal(answer.replyTo.content, "dinner?");
    await devices.ann.sendOk("delete_message", { messageId: known.m });
    const { message } = await ann.ask("GET", `/api/messages/${known.r}`);
    assert.deepEqual([message.replyTo._id, message.replyTo.content], [known.m, ""]);
    const body = { content: "late", replyTo: known.r };
    const sent = await bob.ask("POST", `/api/conversations/${known.room}/messages`, body);
    assert.equal(sent.message.replyTo.content, "yes");
  });

  test("only what is there, in the same conversation, can be answered", async () => {
    const [ann, bob, carol] = await Person.registerAll(server, "ann", "bob", "carol");
    const [anns, bobs] = [await ann.connect(), await bob.connect()];
    const { _id: room } = await ann.createGroup("Friends", bob);
    const { message: direct } = await anns.sendOk("send_direct_message", {
      recipientId: bob.id,
      content: "psst",
    });
    const send = (payload) =>
      anns.send("send_group_message", { conversationId: room, content: "re", ...payload });
    const { message: gone } = await send();
    await anns.sendOk("delete_message", { messageId: gone._id });
    for (const replyTo of [direct._id, gone._id, "65a51c2f0123456789abcd01", "", "x", ann.id]) {
      assertRefused(await send({ replyTo }), "Message not found", "message_not_found");
    }
    const begun = await anns.send("send_direct_message", {
      recipientId: carol.id,
      content: "re",
      replyTo: direct._id,
    });
    assertRefused(begun, "Message not found", "message_not_found");
    assert.deepEqual(await carol.conversations(), []);
    assert.equal((await bob.history(room)).length, 1);
    assert.equal(bobs.got("new_group_message").length, 1);
    assert.ok(!("replyTo" in (await send({ replyTo: null })).message));
  });

  test("members are mentioned by name, others are not", async () => {
    const [ann, bob, carol] = await Person.registerAll(server, "ann", "bob", "carol");
    const { _id: room } = await ann.createGroup("Friends", bob);
    const [anns, bobs] = [await ann.connect(), await bob.connect()];
    const content = `${ann.email} @${bob.username.toUpperCase()}, @${carol.username} and @${ann.username}!`;
    const { message } = await anns.sendOk("send_group_message", { conversationId: room, content });
    assert.deepEqual(message.mentions, [bob.id, ann.id]);
    assert.deepEqual((await bobs.gets("new_group_message")).message.mentions, [bob.id, ann.id]);
    await anns.sendOk("edit_message", { messageId: message._id, content: `@${ann.username}` });
    assert.deepEqual((await bobs.gets("message_updated")).message.mentions, [ann.id]);
    assert.deepEqual((await bob.history(room))[0].mentions, [ann.id]);
  });
});

suite("Reactions", (server) => {
  forEachClient("a reaction reaches everybody, once for each user and kind", async (client) => {
    const [ann, bob] = await Person.registerAll(server, "ann", "bob");
    const { _id: room } = await ann.createGroup("Friends", bob);
    const devices = { ann: await ann.connect(client), bob: await bob.connect(client) };
    const known = await play(
      devices,
      { room, ann: ann.id, bob: bob.id },
      `
      ann sends   send_group_message {"conversationId":"$room","content":"hi"}
      ann ack     {"success":true,"message":{"_id":"$m"}}
      bob sends   add_reaction {"messageId":"$m","emoji":"👩🏽‍🚀"}
      bob ack     {"success":true}
      ann gets    message_updated {"conversationId":"$room","message":{"_id":"$m","content":"hi","reactions":[{"emoji":"👩🏽‍🚀","count":1,"users":["$bob"]}]}}
      bob gets    message_updated {"message":{"_id":"$m","reactions":[{"emoji":"👩🏽‍🚀"}]}}
      ann sends   add_reaction {"messageId":"$m","emoji":"❤"}
      ann ack     {"success":true}
      bob gets    message_updated {"message":{"reactions":[{"emoji":"👩🏽‍🚀","count":1},{"emoji":"❤️","count":1,"users":["$ann"]}]}}
      ann gets    message_updated {"message":{"_id":"$m"}}
      ann sends   add_reaction {"messageId":"$m","emoji":"❤️"}
      ann ack     {"success":true}
      bob sends   remove_reaction {"messageId":"$m","emoji":"❤️"}
      bob ack     {"success":true}
      ann nothing message_updated
      bob nothing message_updated
      bob sends   remove_reaction {"messageId":"$m","emoji":"👩🏽‍🚀"}
      bob ack     {"success":true}
      ann gets    message_updated {"message":{"_id":"$m","reactions":[{"emoji":"❤️","count":1,"users":["$ann"]}]}}
      `,
    );
    const [message] = await bob.history(room);
    assert.deepEqual(message.reactions, [{ emoji: "❤️", count: 1, users: [ann.id] }]);
    await devices.ann.sendOk("delete_message", { messageId: known.m });
    assert.ok(!("reactions" in (await bob.history(room))[0]));
  });

  test("what is no emoji is refused, and so is one kind too many", async () => {
    const [ann, bob] = await Person.registerAll(server, "ann", "bob");
    const device = await ann.connect();
    const { message } = await device.sendOk("send_direct_message", { recipientId: bob.id, content: "hi" });
    const react = (emoji) => device.send("add_reaction", { messageId: message._id, emoji });
    for (const emoji of ["", "a", "1", ":+1:", "<img>", "👍👍", "👍 ", "🇩", "❤︎", "👍".repeat(1000)]) {
      assertRefused(await react(emoji), "Invalid emoji", "invalid_emoji");
    }
    const codes = [];
    for (let n = 0; n < 1000; n++) {
      const { success, code } = await react(String.fromCodePoint(0x1f300 + (n % 32)) + joined(n));
      codes.push(success ? "ok" : code);
    }
    assert.equal(codes.filter((code) => code === "ok").length, 50);
    assert.deepEqual([...new Set(codes)].sort(), ["ok", "too_many_reactions"]);
    assert.equal((await bob.history(message.conversationId))[0].reactions.length, 50);
  });
});

test("a file that was given up as the process was killed goes with the next start", async () => {
  const server = new Chirrup();
  try {
    await server.start();
    const [ann, bob] = await Person.registerAll(server, "ann", "bob");
    const { file } = await upload(ann, PNG, "cat.png");
    const device = await ann.connect();
    const { message } = await device.sendOk("send_direct_message", {
      recipientId: bob.id,
      content: "",
      file,
    });
    await device.sendOk("delete_message", { messageId: message._id });
    await server.stop("SIGKILL");
    await server.start();
    await until("the content is gone", async () => !(await contents(server)).includes(nameOf(file)));
    assert.equal((await fetch(server.url + file.url)).status, 404);
  } finally {
    await server.end();
  }
});

suite("What an edit may not be", (server) => {
  test("a text that is empty, endless or none leaves the message as it is", async () => {
    const [ann, bob] = await Person.registerAll(server, "ann", "bob");
    const [anns, bobs] = [await ann.connect(), await bob.connect()];
    const { message } = await anns.sendOk("send_direct_message", { recipientId: bob.id, content: "hi" });
    const edit = (content) => anns.send("edit_message", { messageId: message._id, content });
    for (const empty of ["", " ", "\n\t\u3000"]) {
      assertRefused(await edit(empty), "Empty message", "empty_message");
    }
    assertRefused(await edit("x".repeat(10_001)), "Message too long", "too_long");
    assert.deepEqual(await ann.history(message.conversationId), [message]);
    assert.deepEqual(bobs.got("message_updated"), []);
  });
});

suite(
  "Limits of changes",
  (server) => {
    test("authors edit and delete only for so long", async () => {
      const [ann, bob] = await Person.registerAll(server, "ann", "bob");
      const device = await ann.connect();
      const message = await editedInTime(device, bob, "soon");
      await sleep(1100);
      const late = await device.send("edit_message", { messageId: message._id, content: "late" });
      assertRefused(late, "Message too old", "too_old");
      const gone = await device.send("delete_message", { messageId: message._id });
      assertRefused(gone, "Message too old", "too_old");
      assert.equal((await ann.history(message.conversationId)).at(-1).content, "soon");
    });

    test("changes count as sends do", async () => {
      const [ann, bob] = await Person.registerAll(server, "ann", "bob");
      const device = await ann.connect();
      const { message } = await device.sendOk("send_direct_message", { recipientId: bob.id, content: "0" });
      const acks = [];
      for (let n = 1; n <= 12; n++) {
        acks.push(await device.send("edit_message", { messageId: message._id, content: `${n}` }));
      }
      const refused = acks.filter(({ code }) => code === "rate_limited");
      assert.ok(refused.length > 0 && refused.length < 12, `${refused.length} of 12`);
      assertRefused(refused[0], "Too many requests", "rate_limited");
      assert.ok(refused[0].retryAfter > 0);
    });
  },
  { LIMIT_EDIT_AGE: "1s", LIMIT_SENDS: "1/s:10" },
);
