import assert from "node:assert/strict";
import { suite } from "../chirrup.js";
import { Person, forEachClient, test } from "../people.js";
import { assertInvalid, assertRefused } from "../shapes.js";
import { numbers } from "../time.js";
import { play } from "../transcript.js";

suite("Open groups and typing", (server) => {
  async function group() {
    const [ann, bob, carol] = await Person.registerAll(server, "ann", "bob", "carol");
    const { _id: room } = await ann.createGroup("Friends", bob, carol);
    return { ann, bob, carol, room, known: { room, ann: ann.id, bob: bob.id, name: ann.username } };
  }

  forEachClient("opening and closing a group is told to those who have it open", async (client) => {
    const { ann, bob, carol, known } = await group();
    const devices = {
      ann: await ann.connect(client),
      bob: await bob.connect(client),
      laptop: await bob.connect(),
      carol: await carol.connect(client),
    };
    await play(
      devices,
      known,
      `
      bob    sends   join_group "$room"
      bob    ack     {"success":true}
      ann    sends   join_group "$room"
      ann    ack     {"success":true}
      ann    sends   join_group "$room"
      ann    ack     {"success":true}
      bob    gets    user_joined_group {"userId":"$ann","username":"$name","conversationId":"$room"}
      bob    nothing user_joined_group
      ann    nothing user_joined_group
      laptop nothing user_joined_group
      carol  nothing user_joined_group
      carol  sends   leave_group "$room"
      carol  ack     {"success":true}
      ann    sends   leave_group "$room"
      ann    ack     {"success":true}
      ann    sends   leave_group "$room"
      ann    ack     {"success":true}
      bob    gets    user_left_group {"userId":"$ann","username":"$name","conversationId":"$room"}
      bob    nothing user_left_group
      carol  sends   send_group_message {"conversationId":"$room","content":"hi"}
      carol  ack     {"success":true}
      ann    gets    new_group_message {"message":{"seq":1}}
      laptop gets    new_group_message {"message":{"seq":1}}
      `,
    );
  });

  test("a connection that ends is not told as leaving the group", async () => {
    const { ann, bob, known } = await group();
    const devices = { ann: await ann.connect(), bob: await bob.connect() };
    for (const device of Object.values(devices)) await device.sendOk("join_group", known.room);
    devices.ann.leave();
    await play(devices, known, "bob nothing user_left_group");
  });

  test("a stranger opens nothing and closes nothing", async () => {
    const { bob, known } = await group();
    const dave = await Person.register(server, "dave");
    const devices = { bob: await bob.connect(), dave: await dave.connect() };
    await devices.bob.sendOk("join_group", known.room);
    await play(
      devices,
      known,
      `
      dave sends   join_group "$room"
      dave ack     {"success":false,"error":"Not a member","code":"not_a_member"}
      dave sends   leave_group "$room"
      dave ack     {"success":true}
      dave sends   typing_start {"conversationId":"$room"}
      dave ack     {"success":false,"error":"Not a member","code":"not_a_member"}
      dave sends   typing_stop {"conversationId":"$room"}
      dave ack     {"success":false,"error":"Not a member","code":"not_a_member"}
      bob  nothing user_joined_group
      bob  nothing user_left_group
      bob  nothing user_typing
      `,
    );
    for (const id of ["general", "65a51c2f0123456789abcdef"]) {
      assertRefused(await devices.bob.send("join_group", id), "Not a member", "not_a_member");
      assertRefused(await devices.bob.send("typing_start", { conversationId: id }), "Not a member");
      assert.equal((await devices.bob.send("leave_group", id)).success, true);
    }
  });

  test("a wrong payload is refused by name and harms nothing", async () => {
    const { ann, known } = await group();
    const device = await ann.connect();
    for (const payload of [null, 1, true, { $ne: null }, [known.room]]) {
      assertInvalid(await device.send("join_group", payload), "conversationId");
      assertInvalid(await device.send("leave_group", payload), "conversationId");
      for (const event of ["typing_start", "typing_stop"]) {
        assertInvalid(await device.send(event, { conversationId: payload }), "conversationId");
      }
    }
    for (const event of ["join_group", "leave_group", "typing_start", "typing_stop"]) {
      assert.equal((await device.send(event)).code, "invalid_payload");
      device.socket.emit(event);
    }
    await device.sendOk("join_group", known.room);
  });

  forEachClient("typing in a group is seen where it is open, until it stops", async (client) => {
    const { ann, bob, carol, known } = await group();
    const devices = {
      ann: await ann.connect(client),
      bob: await bob.connect(client),
      carol: await carol.connect(client),
    };
    for (const device of [devices.ann, devices.bob]) await device.sendOk("join_group", known.room);
    await play(
      devices,
      known,
      `
      ann   sends   typing_start {"conversationId":"$room"}
      ann   ack     {"success":true}
      bob   gets    user_typing {"userId":"$ann","username":"$name","conversationId":"$room"}
      ann   sends   typing_stop {"conversationId":"$room"}
      ann   ack     {"success":true}
      bob   gets    user_stopped_typing {"userId":"$ann","conversationId":"$room"}
      ann   sends   typing_stop {"conversationId":"$room"}
      ann   ack     {"success":true}
      ann   sends   typing_start {"conversationId":"$room"}
      ann   ack     {"success":true}
      bob   gets    user_typing {"userId":"$ann"}
      ann   sends   send_group_message {"conversationId":"$room","content":"hi"}
      ann   ack     {"success":true}
      bob   gets    user_stopped_typing {"userId":"$ann"}
      bob   nothing user_stopped_typing
      ann   sends   typing_start {"conversationId":"$room"}
      ann   ack     {"success":true}
      bob   gets    user_typing {"userId":"$ann"}
      ann   sends   leave_group "$room"
      ann   ack     {"success":true}
      bob   gets    user_stopped_typing {"userId":"$ann"}
      ann   nothing user_typing
      carol nothing user_typing
      carol nothing user_stopped_typing
      `,
    );
  });

  test("typing in a direct conversation is seen on all devices of the other one", async () => {
    const [ann, bob] = await Person.registerAll(server, "ann", "bob");
    const devices = {
      ann: await ann.connect(),
      tablet: await ann.connect(),
      phone: await bob.connect(),
      laptop: await bob.connect(),
    };
    const { message } = await devices.ann.sendOk("send_direct_message", {
      recipientId: bob.id,
      content: "hi",
    });
    const notes = await devices.ann.sendOk("send_direct_message", { recipientId: ann.id, content: "milk" });
    await play(
      devices,
      { room: message.conversationId, notes: notes.message.conversationId, ann: ann.id, name: ann.username },
      `
      ann    sends   typing_start {"conversationId":"$room"}
      ann    ack     {"success":true}
      phone  gets    user_typing {"userId":"$ann","username":"$name","conversationId":"$room"}
      laptop gets    user_typing {"userId":"$ann"}
      ann    sends   typing_start {"conversationId":"$room"}
      ann    ack     {"success":true}
      phone  gets    user_typing {"userId":"$ann"}
      ann    sends   send_group_message {"conversationId":"$room","content":"hello"}
      ann    ack     {"success":true}
      phone  gets    user_stopped_typing {"userId":"$ann","conversationId":"$room"}
      laptop gets    user_stopped_typing {"userId":"$ann"}
      ann    sends   typing_start {"conversationId":"$notes"}
      ann    ack     {"success":true}
      tablet nothing user_typing
      phone  nothing user_stopped_typing
      ann    sends   join_group "$room"
      ann    ack     {"success":false,"error":"Not a member"}
      `,
    );
  });

  test("who has blocked somebody sees nothing of their typing", async () => {
    const [ann, bob] = await Person.registerAll(server, "ann", "bob");
    const devices = { ann: await ann.connect(), bob: await bob.connect() };
    const { message } = await devices.ann.sendOk("send_direct_message", {
      recipientId: bob.id,
      content: "hi",
    });
    const known = { room: message.conversationId, ann: ann.id, bob: bob.id };
    const startAndStop = `
      ann    sends   typing_start {"conversationId":"$room"}
      ann    ack     {"success":true}
      ann    sends   typing_stop {"conversationId":"$room"}
      ann    ack     {"success":true}
    `;
    await play(
      devices,
      known,
      `
      ann    sends   typing_start {"conversationId":"$room"}
      ann    ack     {"success":true}
      bob    gets    user_typing {"userId":"$ann"}
      `,
    );
    await bob.ask("PUT", `/api/users/${ann.id}/block`);
    await play(
      devices,
      known,
      `
      ann    sends   typing_start {"conversationId":"$room"}
      ann    ack     {"success":true}
      bob    gets    user_stopped_typing {"userId":"$ann"}
      ${startAndStop}
      bob    nothing user_typing
      bob    nothing user_stopped_typing
      bob    sends   typing_start {"conversationId":"$room"}
      bob    ack     {"success":true}
      ann    gets    user_typing {"userId":"$bob"}
      `,
    );
    await bob.ask("DELETE", `/api/users/${ann.id}/block`);
    await play(
      devices,
      known,
      `
      ${startAndStop}
      bob    gets    user_typing {"userId":"$ann"}
      bob    gets    user_stopped_typing {"userId":"$ann"}
      `,
    );
  });

  test("a send over HTTP ends the typing of its sender's devices there", async () => {
    const { ann, bob, known } = await group();
    const devices = { ann: await ann.connect(), bob: await bob.connect() };
    await devices.bob.sendOk("join_group", known.room);
    await devices.ann.sendOk("typing_start", { conversationId: known.room });
    await devices.bob.gets("user_typing");
    await ann.ask("POST", `/api/conversations/${known.room}/messages`, { content: "hi" });
    const stopped = await devices.bob.gets("user_stopped_typing", 2000);
    assert.deepEqual(stopped, { userId: ann.id, conversationId: known.room });
  });

  test("who types too often is told to wait, and others hear no more of it", async () => {
    const { ann, bob, known } = await group();
    const devices = { ann: await ann.connect(), bob: await bob.connect() };
    await devices.bob.sendOk("join_group", known.room);
    const acks = await Promise.all(
      numbers(60).map(() => devices.ann.send("typing_start", { conversationId: known.room })),
    );
    const refused = acks.filter(({ success }) => !success);
    assert.ok(refused.length > 20 && refused.length <= 40, `${refused.length} were refused`);
    for (const ack of refused) {
      assertRefused(ack, "Too many requests", "rate_limited");
      assert.ok(ack.retryAfter > 0);
    }
    await devices.ann.sendOk("send_group_message", { conversationId: known.room, content: "hi" });
    await devices.bob.gets("new_group_message");
    assert.equal(devices.bob.got("user_typing").length, acks.length - refused.length);
    assert.equal(devices.bob.got("user_stopped_typing").length, 1);
  });

  test("typing ends by itself after 6 s without renewal, and at once when the device goes", async () => {
    const { ann, bob, known } = await group();
    const devices = { ann: await ann.connect(), bob: await bob.connect(), phone: await ann.connect() };
    await devices.bob.sendOk("join_group", known.room);
    await devices.ann.sendOk("typing_start", { conversationId: known.room });
    await devices.bob.gets("user_typing");
    const since = Date.now();
    await devices.bob.gets("user_stopped_typing", 8000);
    const took = Date.now() - since;
    assert.ok(took > 5500 && took < 7500, `${took} ms`);

    await devices.phone.sendOk("typing_start", { conversationId: known.room });
    await devices.bob.gets("user_typing");
    devices.phone.leave();
    assert.equal((await devices.bob.gets("user_stopped_typing", 2000)).userId, ann.id);
    await play(devices, known, "bob nothing user_stopped_typing");
  });

  test("what changes in a group ends nobody's typing", async () => {
    const { ann, bob, room, known } = await group();
    const devices = { ann: await ann.connect(), bob: await bob.connect() };
    await play(
      devices,
      known,
      `
      bob sends   join_group "$room"
      bob ack     {"success":true}
      ann sends   join_group "$room"
      ann ack     {"success":true}
      ann sends   typing_start {"conversationId":"$room"}
      ann ack     {"success":true}
      bob gets    user_typing {"userId":"$ann","username":"$name","conversationId":"$room"}
      `,
    );
    await ann.ask("PATCH", `/api/conversations/${room}`, { name: "Others" });
    await play(devices, known, 'bob gets new_group_message {"message":{"messageType":"system"}}');
    assert.deepEqual(devices.bob.got("user_stopped_typing"), []);
  });
});
