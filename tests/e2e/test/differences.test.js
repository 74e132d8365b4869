import assert from "node:assert/strict";
import { suite } from "../chirrup.js";
import { PNG, upload } from "../files.js";
import { Person, forEachClient, test } from "../people.js";
import { assertInvalid, assertRefused } from "../shapes.js";
import { numbers, sleep, until } from "../time.js";
import { play } from "../transcript.js";

const GRACE = 300;

/** Where Chirrup is not like most backends written by hand, on purpose: a test for each such place. */
suite(
  "Differences",
  (server) => {
    /** A group of ann's and bob's which bob has open, and a stranger. */
    async function openGroup() {
      const [ann, bob, eve] = await Person.registerAll(server, "ann", "bob", "eve");
      const { _id: room } = await ann.createGroup("Friends", bob);
      const devices = { ann: await ann.connect(), bob: await bob.connect(), eve: await eve.connect() };
      await devices.bob.sendOk("join_group", room);
      return { ann, room, devices };
    }

    test("devices are counted: who closes one of two tabs is still online", async () => {
      const [ann, bob] = await Person.registerAll(server, "ann", "bob");
      await ann.createGroup("Friends", bob);
      const devices = { bob: await bob.connect() };
      const known = { ann: ann.id, name: ann.username };
      const [tab, phone] = [await ann.connect(), await ann.connect()];
      await play(
        devices,
        known,
        `
        bob gets    user_online {"userId":"$ann","username":"$name"}
      `,
      );
      tab.leave();
      await sleep(2 * GRACE);
      await play(
        devices,
        known,
        `
        bob nothing user_offline
      `,
      );
      assert.equal((await bob.ask("GET", `/api/users/${ann.id}`)).user.isOnline, true);
      phone.leave();
      await play(
        devices,
        known,
        `
        bob gets    user_offline {"userId":"$ann","lastSeen":"$at"}
        bob nothing user_online
      `,
      );
    });

    test("who is not a member types nowhere and marks nothing as read", async () => {
      const { ann, room, devices } = await openGroup();
      await play(
        devices,
        { room },
        `
      ann sends   send_group_message {"conversationId":"$room","content":"hi"}
      ann ack     {"success":true,"message":{"_id":"$m"}}
      eve sends   typing_start {"conversationId":"$room"}
      eve ack     {"success":false,"error":"Not a member"}
      eve sends   typing_stop {"conversationId":"$room"}
      eve ack     {"success":false,"error":"Not a member"}
      eve sends   mark_as_read {"messageId":"$m"}
      eve ack     {"success":false,"error":"Message not found"}
      bob nothing user_typing
      bob nothing user_stopped_typing
      ann nothing message_read
      `,
      );
      assert.deepEqual((await ann.history(room))[0].readBy, []);
    });

    test("there is one direct conversation per pair, also if 64 devices race for the first word", async () => {
      const [ann, bob] = await Person.registerAll(server, "ann", "bob");
      const devices = await Promise.all(numbers(64).map((n) => (n % 2 ? ann : bob).connect()));
      const acks = await Promise.all(
        devices.map((device, index) =>
          device.sendOk("send_direct_message", {
            recipientId: (index % 2 ? ann : bob).id,
            content: `${index}`,
          }),
        ),
      );
      assert.equal(new Set(acks.map(({ message }) => message.conversationId)).size, 1);
      assert.deepEqual(
        acks.map(({ message }) => message.seq).sort((a, b) => a - b),
        numbers(64),
      );
      for (const person of [ann, bob]) assert.equal((await person.conversations()).length, 1);
    });

    test("what waited for somebody is delivered when they connect, and its sender is told", async () => {
      const [ann, bob] = await Person.registerAll(server, "ann", "bob");
      const devices = { ann: await ann.connect() };
      const known = await play(
        devices,
        { bob: bob.id },
        `
      ann sends send_direct_message {"recipientId":"$bob","content":"hi"}
      ann ack   {"success":true,"status":"sent","message":{"_id":"$m","conversationId":"$room","seq":1}}
      `,
      );
      devices.bob = await bob.connect();
      await play(
        devices,
        known,
        `
      bob gets  new_message {"conversationId":"$room","message":{"_id":"$m","content":"hi"}}
      ann gets  message_delivered {"messageId":"$m","conversationId":"$room","seq":1,"deliveredTo":"$bob"}
      `,
      );
      assert.equal((await ann.history(known.room))[0].status, "delivered");
    });

    test("leaving is announced only of a member who had the group open", async () => {
      const { ann, room, devices } = await openGroup();
      await play(
        devices,
        { room, ann: ann.id },
        `
      eve sends   leave_group "$room"
      eve ack     {"success":true}
      ann sends   leave_group "$room"
      ann ack     {"success":true}
      bob nothing user_left_group
      ann sends   join_group "$room"
      ann ack     {"success":true}
      ann sends   leave_group "$room"
      ann ack     {"success":true}
      bob gets    user_left_group {"userId":"$ann","conversationId":"$room"}
      `,
      );
    });

    test("a group's messages reach every member's devices, whether or not they have it open", async () => {
      const [ann, bob] = await Person.registerAll(server, "ann", "bob");
      const { _id: room } = await ann.createGroup("Friends", bob);
      const devices = { ann: await ann.connect(), phone: await bob.connect(), laptop: await bob.connect() };
      await play(
        devices,
        { room },
        `
      phone  sends join_group "$room"
      phone  ack   {"success":true}
      ann    sends send_group_message {"conversationId":"$room","content":"hi"}
      ann    ack   {"success":true,"message":{"_id":"$m"}}
      phone  gets  new_group_message {"conversationId":"$room","message":{"_id":"$m"}}
      laptop gets  new_group_message {"conversationId":"$room","message":{"_id":"$m"}}
      `,
      );
    });

    test("a file's extension is exactly an allowed one, and its content matches it", async () => {
      const ann = await Person.register(server, "ann");
      for (const [name, content] of [
        ["x.xjpegx", Buffer.of(0xff, 0xd8, 0xff)],
        ["x.png.html", PNG],
        ["cat.png", "<script>alert(1)</script>"],
      ]) {
        const refused = await upload(ann, content, name);
        assert.equal(refused.status, 400);
        assertRefused(refused, "Invalid file type", "invalid_file_type");
      }
    });

    test("an upload's name is 128 random bits, and nothing in it runs", async () => {
      const ann = await Person.register(server, "ann");
      const uploads = [];
      while (uploads.length < 16) uploads.push(await upload(ann, PNG, "cat.png"));
      const names = uploads.map(({ file }) => /^\/uploads\/([0-9a-f]{32})\.png$/.exec(file.url)[1]);
      for (let at = 0; at < 32; at += 4)
        assert.ok(new Set(names.map((name) => name.slice(at, at + 4))).size > 8);
      const { headers } = await fetch(server.url + uploads[0].file.url);
      assert.equal(headers.get("x-content-type-options"), "nosniff");
      assert.match(headers.get("content-security-policy"), /default-src 'none'.*sandbox/);
    });

    test("a file must be an upload of the sender's own", async () => {
      const [ann, bob] = await Person.registerAll(server, "ann", "bob");
      const bobs = await bob.connect();
      const { file } = await upload(ann, PNG, "mine.png");
      const ack = await bobs.send("send_direct_message", { recipientId: ann.id, content: "look", file });
      assertRefused(ack, "Invalid file", "invalid_file");
      assert.deepEqual(await bob.conversations(), []);
    });

    test("a recipient that nobody is, is no user, and nothing is created", async () => {
      const ann = await Person.register(server, "ann");
      const device = await ann.connect();
      for (const recipientId of [
        "65a51c2f0123456789abcdef",
        "not an id",
        "",
        ann.id.toUpperCase().replace(/\d/g, "F"),
      ]) {
        assertRefused(
          await device.send("send_direct_message", { recipientId, content: "hi" }),
          "User not found",
          "user_not_found",
        );
      }
      assert.deepEqual(await ann.conversations(), []);
    });

    test("a callback is optional: without one the work is done all the same", async () => {
      const [ann, bob] = await Person.registerAll(server, "ann", "bob");
      const [from, to] = [await ann.connect(), await bob.connect()];
      for (const event of server.documents.eventsFromClients) from.socket.emit(event);
      from.socket.emit("send_direct_message", { recipientId: bob.id, content: "no callback" });
      const { message } = await to.gets("new_message");
      assert.equal(message.content, "no callback");
      to.socket.emit("mark_as_read", { messageId: message._id });
      assert.equal((await from.gets("message_read")).messageId, message._id);
      assert.ok(from.connected);
    });

    forEachClient(
      "a message to oneself is a note: a direct conversation with oneself alone",
      async (client) => {
        const [ann, bob] = await Person.registerAll(server, "ann", "bob");
        const [phone, laptop] = [await ann.connect(client), await ann.connect(client)];
        await phone.sendOk("send_direct_message", { recipientId: bob.id, content: "to bob" });
        const { message } = await phone.sendOk("send_direct_message", {
          recipientId: ann.id,
          content: "milk",
        });
        assert.equal(message.seq, 1);
        await until("the note on the other device", () =>
          [...laptop.got("message_sent"), ...laptop.got("new_message")].some(
            (event) => event.message._id === message._id,
          ),
        );
        const again = await laptop.sendOk("send_direct_message", { recipientId: ann.id, content: "bread" });
        assert.equal(again.message.conversationId, message.conversationId);
        const notes = (await ann.conversations()).filter(({ _id }) => _id === message.conversationId);
        assert.equal(notes.length, 1);
        assert.deepEqual(
          notes[0].participants.map(({ _id }) => _id),
          [ann.id],
        );
        assert.equal(notes[0].unreadCount, 0);
      },
    );

    test("an id that is an object is an invalid payload, and no query", async () => {
      const [ann, bob] = await Person.registerAll(server, "ann", "bob");
      const { _id: room } = await ann.createGroup("Friends", bob);
      const device = await ann.connect();
      const any = { $ne: null };
      for (const [event, payload, field] of [
        ["send_direct_message", { recipientId: any, content: "hi" }, "recipientId"],
        ["send_group_message", { conversationId: any, content: "hi" }, "conversationId"],
        ["mark_as_read", { messageId: any }, "messageId"],
        ["mark_conversation_read", { conversationId: any, seq: 1 }, "conversationId"],
        ["join_group", any, "conversationId"],
        ["typing_start", { conversationId: any }, "conversationId"],
      ]) {
        assertInvalid(await device.send(event, payload), field);
      }
      assert.deepEqual(await ann.history(room), []);
    });

    test("an empty message is refused, unless it carries a file", async () => {
      const [ann, bob] = await Person.registerAll(server, "ann", "bob");
      const device = await ann.connect();
      for (const content of [undefined, null, "", " ", "\n\t\u3000"]) {
        const ack = await device.send("send_direct_message", { recipientId: bob.id, content });
        assertRefused(ack, "Empty message", "empty_message");
      }
      assert.deepEqual(await ann.conversations(), []);
      const { file } = await upload(ann, PNG, "cat.png");
      const { message } = await device.sendOk("send_direct_message", {
        recipientId: bob.id,
        content: "",
        file,
      });
      assert.deepEqual([message.content, message.messageType], ["", "image"]);
    });
  },
  { PRESENCE: "contacts", PRESENCE_GRACE: `${GRACE}ms` },
);
