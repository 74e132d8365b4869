import assert from "node:assert/strict";
import { suite } from "../chirrup.js";
import { Person, forEachClient, test } from "../people.js";
import { assertInvalid } from "../shapes.js";
import { sleep } from "../time.js";

suite("A send that is repeated", (server) => {
  forEachClient("from another connection gives the first message and tells nobody", async (client) => {
    const [ann, bob] = await Person.registerAll(server, "ann", "bob");
    const to = await bob.connect(client);
    const phone = await ann.connect(client);
    const request = { recipientId: bob.id, content: "hi", clientId: "c1" };
    const first = await phone.sendOk("send_direct_message", request);
    await to.gets("new_message");
    const laptop = await ann.connect(client);
    for (const device of [phone, laptop]) {
      const again = await device.sendOk("send_direct_message", { ...request, content: "changed" });
      assert.equal(again.message._id, first.message._id);
      assert.deepEqual([again.message.seq, again.message.content], [1, "hi"]);
    }
    await sleep(150);
    assert.deepEqual(to.unasked("new_message"), []);
    assert.deepEqual([...laptop.got("message_sent"), ...phone.got("message_sent")], []);
    assert.equal((await bob.history(first.message.conversationId)).length, 1);
  });

  test("32 times at once is one message", async () => {
    const [ann, bob] = await Person.registerAll(server, "ann", "bob");
    const { _id: room } = await ann.createGroup("Friends", bob);
    const [to, ...devices] = await Promise.all([bob, ann, ann, ann, ann].map((person) => person.connect()));
    const request = { conversationId: room, content: "hi", clientId: "c1" };
    const acks = await Promise.all(
      devices.flatMap((device) =>
        Array.from({ length: 8 }, () => device.sendOk("send_group_message", request)),
      ),
    );
    assert.equal(new Set(acks.map(({ message }) => message._id)).size, 1);
    await sleep(150);
    assert.equal(to.got("new_group_message").length, 1);
    assert.equal((await bob.history(room)).length, 1);
  });

  test("the same clientId of somebody else is another message", async () => {
    const [ann, bob] = await Person.registerAll(server, "ann", "bob");
    const { _id: room } = await ann.createGroup("Friends", bob);
    const request = { conversationId: room, content: "hi", clientId: "c1" };
    const one = await (await ann.connect()).sendOk("send_group_message", request);
    const other = await (await bob.connect()).sendOk("send_group_message", request);
    assert.notEqual(one.message._id, other.message._id);
    assert.equal(other.message.seq, 2);
  });

  test("64 characters make a clientId, 65 do not", async () => {
    const [ann, bob] = await Person.registerAll(server, "ann", "bob");
    const device = await ann.connect();
    const request = { recipientId: bob.id, content: "hi" };
    await device.sendOk("send_direct_message", { ...request, clientId: "ü".repeat(64) });
    assertInvalid(
      await device.send("send_direct_message", { ...request, clientId: "x".repeat(65) }),
      "clientId",
    );
  });
});
