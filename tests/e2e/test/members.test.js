import assert from "node:assert/strict";
import { suite } from "../chirrup.js";
import { Person, forEachClient, test } from "../people.js";
import { numbers, sleep } from "../time.js";
import { play } from "../transcript.js";

const members = (room) => `/api/conversations/${room}/members`;

suite("Members", (server) => {
  const add = (actor, room, ...people) =>
    actor.ask("POST", members(room), { userIds: people.map(({ id }) => id) });
  const remove = (actor, room, person) => actor.ask("DELETE", `${members(room)}/${person.id}`);

  forEachClient("whoever is added is told of the group, the others of the change", async (client) => {
    const [ann, bob, carol] = await Person.registerAll(server, "ann", "bob", "carol");
    const { _id: room } = await ann.createGroup("Friends", bob);
    const devices = {
      ann: await ann.connect(client),
      bob: await bob.connect(client),
      phone: await carol.connect(client),
      laptop: await carol.connect(),
    };
    await add(ann, room, carol);
    const notice = `{"conversationId":"$room","message":{"seq":1,"messageType":"system","content":"$notice","sender":{"_id":"$ann"}}}`;
    await play(
      devices,
      {
        room,
        ann: ann.id,
        bob: bob.id,
        carol: carol.id,
        notice: `${ann.username} added ${carol.username}`,
      },
      `
      phone  gets    conversation_created {"conversation":{"_id":"$room","name":"Friends","participantCount":3}}
      laptop gets    conversation_created {"conversation":{"_id":"$room"}}
      ann    gets    conversation_updated {"conversation":{"_id":"$room","participantCount":3,"participants":[{"_id":"$ann","role":"owner"},{"_id":"$bob","role":"member"},{"_id":"$carol","role":"member"}]}}
      bob    gets    conversation_updated {"conversation":{"_id":"$room","participantCount":3}}
      phone  gets    new_group_message ${notice}
      laptop gets    new_group_message ${notice}
      ann    gets    new_group_message ${notice}
      bob    gets    new_group_message ${notice}
      phone  sends   send_group_message {"conversationId":"$room","content":"hi"}
      phone  ack     {"success":true,"message":{"seq":2}}
      laptop gets    new_group_message {"message":{"seq":2}}
      bob    gets    new_group_message {"message":{"seq":2}}
      bob    nothing conversation_created
      phone  nothing conversation_updated
      `,
    );
  });

  forEachClient("whoever is out is told, and gets nothing of it after that", async (client) => {
    const [ann, bob, carol] = await Person.registerAll(server, "ann", "bob", "carol");
    const { _id: room } = await ann.createGroup("Friends", bob, carol);
    const devices = {
      ann: await ann.connect(client),
      phone: await bob.connect(client),
      laptop: await bob.connect(),
      carol: await carol.connect(client),
    };
    await devices.phone.sendOk("join_group", room);
    await devices.ann.sendOk("join_group", room);
    await devices.phone.gets("user_joined_group");
    await remove(ann, room, bob);
    await play(
      devices,
      {
        room,
        bob: bob.id,
        name: bob.username,
        removed: `${ann.username} removed ${bob.username}`,
        left: `${carol.username} left`,
      },
      `
      phone  gets    conversation_removed {"conversationId":"$room"}
      laptop gets    conversation_removed {"conversationId":"$room"}
      ann    gets    user_left_group {"userId":"$bob","username":"$name","conversationId":"$room"}
      ann    gets    conversation_updated {"conversation":{"_id":"$room","participantCount":2}}
      carol  gets    conversation_updated {"conversation":{"_id":"$room","participantCount":2}}
      ann    gets    new_group_message {"message":{"content":"$removed","messageType":"system"}}
      carol  gets    new_group_message {"message":{"content":"$removed"}}
      ann    sends   send_group_message {"conversationId":"$room","content":"alone at last"}
      ann    ack     {"success":true}
      ann    sends   typing_start {"conversationId":"$room"}
      ann    ack     {"success":true}
      phone  sends   send_group_message {"conversationId":"$room","content":"am I?"}
      phone  ack     {"success":false,"error":"Not a member","code":"not_a_member"}
      phone  sends   join_group "$room"
      phone  ack     {"success":false,"error":"Not a member","code":"not_a_member"}
      phone  sends   typing_start {"conversationId":"$room"}
      phone  ack     {"success":false,"error":"Not a member","code":"not_a_member"}
      phone  nothing new_group_message
      laptop nothing new_group_message
      phone  nothing conversation_updated
      phone  nothing user_typing
      `,
    );
    await remove(carol, room, carol);
    await devices.carol.gets("conversation_removed");
    assert.equal((await devices.ann.gets("new_group_message")).message.content, "alone at last");
    assert.match((await devices.ann.gets("new_group_message")).message.content, / left$/);
    await add(ann, room, bob);
    await devices.phone.gets("conversation_created");
    await devices.laptop.sendOk("send_group_message", { conversationId: room, content: "back" });
    for (const device of [devices.phone, devices.laptop]) {
      assert.match((await device.gets("new_group_message")).message.content, / added /);
      assert.equal((await device.gets("new_group_message")).message.content, "back");
    }
  });

  test("a new name, role or owner is told to every device of every member", async () => {
    const [ann, bob] = await Person.registerAll(server, "ann", "bob");
    const { _id: room } = await ann.createGroup("Friends", bob);
    const devices = { ann: await ann.connect(), bob: await bob.connect() };
    await ann.ask("PATCH", `/api/conversations/${room}`, { name: "X" });
    await ann.ask("PATCH", `${members(room)}/${bob.id}`, { role: "admin" });
    await ann.ask("PATCH", `${members(room)}/${bob.id}`, { role: "owner" });
    await bob.ask("PATCH", `/api/conversations/${room}`, { name: "X" });
    const known = {
      ann: ann.id,
      bob: bob.id,
      renamed: `${ann.username} renamed the group to "X"`,
      admin: `${ann.username} made ${bob.username} an admin`,
      owner: `${ann.username} made ${bob.username} the owner`,
    };
    for (const who of Object.keys(devices)) {
      await play(
        devices,
        known,
        `
        ${who} gets    conversation_updated {"conversation":{"name":"X","admin":"$ann"}}
        ${who} gets    conversation_updated {"conversation":{"participants":[{"role":"owner"},{"role":"admin"}]}}
        ${who} gets    conversation_updated {"conversation":{"admin":"$bob","participants":[{"role":"admin"},{"role":"owner"}]}}
        ${who} gets    new_group_message {"message":{"seq":1,"content":"$renamed"}}
        ${who} gets    new_group_message {"message":{"seq":2,"content":"$admin"}}
        ${who} gets    new_group_message {"message":{"seq":3,"content":"$owner"}}
        ${who} nothing conversation_updated
        `,
      );
    }
    const [seen] = await bob.conversations();
    assert.equal(seen.unreadCount, 3);
    assert.equal((await ann.conversations())[0].unreadCount, 0, "what one did oneself is not unread");
  });

  test("a deleted group is gone on every device at once", async () => {
    const [ann, bob] = await Person.registerAll(server, "ann", "bob");
    const { _id: room } = await ann.createGroup("Friends", bob);
    const devices = { ann: await ann.connect(), phone: await bob.connect(), laptop: await bob.connect() };
    await ann.ask("DELETE", `/api/conversations/${room}`);
    await play(
      devices,
      { room },
      `
      ann    gets    conversation_removed {"conversationId":"$room"}
      phone  gets    conversation_removed {"conversationId":"$room"}
      laptop gets    conversation_removed {"conversationId":"$room"}
      phone  sends   send_group_message {"conversationId":"$room","content":"hello?"}
      phone  ack     {"success":false,"error":"Not a member"}
      laptop nothing new_group_message
      laptop nothing conversation_updated
      `,
    );
    assert.deepEqual(await bob.conversations(), []);
  });

  test("a blocked sender is refused, and the other one never learns of it", async () => {
    const [ann, bob] = await Person.registerAll(server, "ann", "bob");
    const { message } = await (
      await ann.connect()
    ).sendOk("send_direct_message", {
      recipientId: bob.id,
      content: "hi",
    });
    const devices = { ann: await ann.connect(), bob: await bob.connect() };
    await bob.ask("PUT", `/api/users/${ann.id}/block`);
    await play(
      devices,
      { ann: ann.id, bob: bob.id, room: message.conversationId },
      `
      bob gets    new_message {"message":{"content":"hi"}}
      ann sends   send_direct_message {"recipientId":"$bob","content":"hello?"}
      ann ack     {"success":false,"error":"Blocked","code":"blocked"}
      ann sends   send_group_message {"conversationId":"$room","content":"hello?"}
      ann ack     {"success":false,"error":"Blocked","code":"blocked"}
      bob sends   send_direct_message {"recipientId":"$ann","content":"no"}
      bob ack     {"success":true,"message":{"seq":2}}
      bob nothing new_message
      `,
    );
    await bob.ask("DELETE", `/api/users/${ann.id}/block`);
    await devices.ann.sendOk("send_direct_message", { recipientId: bob.id, content: "thanks" });
    assert.equal((await devices.bob.gets("new_message")).message.seq, 3);
  });

  test("whoever connects while they come and go hears what they are in, and no more", async () => {
    const [ann, bob] = await Person.registerAll(server, "ann", "bob");
    const { _id: room } = await ann.createGroup("Revolving door");
    const a = await ann.connect();
    for (const n of numbers(20)) {
      const isIn = n % 2 === 1;
      const change = isIn ? add(ann, room, bob) : remove(ann, room, bob);
      const arriving = [];
      for (const pause of [0, 1, 2]) {
        arriving.push(bob.connect());
        await sleep(pause);
      }
      const [, ...devices] = await Promise.all([change, ...arriving]);
      await a.sendOk("send_group_message", { conversationId: room, content: `round ${n}` });
      await devices[0].sendOk("send_direct_message", { recipientId: bob.id, content: "the end" });
      for (const device of devices) {
        await device.gets("new_message");
        const heard = device.got("new_group_message").some(({ message }) => message.content === `round ${n}`);
        assert.equal(heard, isIn, `round ${n}`);
        device.leave();
      }
    }
  });
});
