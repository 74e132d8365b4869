import assert from "node:assert/strict";
import { suite } from "../chirrup.js";
import { Person, test } from "../people.js";
import { sleep, until } from "../time.js";
import { play } from "../transcript.js";

suite("Profiles", (server) => {
  test("another name is told to contacts and to one's own devices, and to nobody else", async () => {
    const [ann, bob, carol, dave] = await Person.registerAll(server, "ann", "bob", "carol", "dave");
    await ann.createGroup("Friends", bob);
    const devices = await Promise.all([ann, bob, carol, dave].map((person) => person.connect()));
    const [own, friend, contact, stranger] = devices;
    await own.sendOk("send_direct_message", { recipientId: carol.id, content: "hello" });
    const username = `${ann.username}-2`;
    const { user } = await ann.ask("PATCH", "/api/users/me", { username });
    assert.equal(user.username, username);
    await play(
      { own, friend, contact },
      { ann: ann.id, name: username },
      `
      own     gets user_updated {"user":{"_id":"$ann","username":"$name"}}
      friend  gets user_updated {"user":{"_id":"$ann","username":"$name"}}
      contact gets user_updated {"user":{"_id":"$ann","username":"$name"}}
      `,
    );
    await friend.sendOk("send_direct_message", { recipientId: dave.id, content: "after it" });
    await stranger.gets("new_message");
    assert.deepEqual(stranger.got("user_updated"), []);

    const { message } = await own.sendOk("send_direct_message", { recipientId: carol.id, content: "again" });
    assert.equal(message.sender.username, username);
    const history = await carol.history(message.conversationId);
    assert.deepEqual(
      history.map(({ sender }) => sender.username),
      [username, username],
    );
    const [{ participants }] = await carol.conversations();
    assert.ok(participants.some((participant) => participant.username === username));
  });

  test("an address is nobody else's, and the name as it was is no change", async () => {
    const [ann, bob] = await Person.registerAll(server, "ann", "bob");
    await ann.createGroup("Friends", bob);
    const device = await bob.connect();
    await ann.ask("PATCH", "/api/users/me", { username: ann.username, email: `new-${ann.email}` });
    await sleep(200);
    assert.deepEqual(device.got("user_updated"), []);
  });

  test("who comes online after that comes by the new name", async () => {
    const [ann, bob] = await Person.registerAll(server, "ann", "bob");
    const watcher = await bob.connect();
    const username = `${ann.username} renamed`;
    await ann.ask("PATCH", "/api/users/me", { username });
    await ann.connect();
    await until("user_online", () => watcher.got("user_online").some((event) => event.username === username));
  });
});
