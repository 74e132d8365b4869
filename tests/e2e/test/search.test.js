import assert from "node:assert/strict";
import { suite } from "../chirrup.js";
import { Person, forEachClient, test } from "../people.js";
import { numbers } from "../time.js";

suite(
  "Search",
  (server) => {
    const search = async (person, q, more = "") => {
      const { results } = await person.ask("GET", `/api/search?q=${encodeURIComponent(q)}${more}`);
      return results.map(({ message }) => message.content);
    };

    forEachClient(
      "what was sent, edited and deleted is found as it is by the time of the ack",
      async (client) => {
        const [ann, bob] = await Person.registerAll(server, "ann", "bob");
        const device = await ann.connect(client);
        const { message } = await device.sendOk("send_direct_message", {
          recipientId: bob.id,
          content: "Grüße aus Köln",
        });
        assert.deepEqual(await search(bob, "koln grusse"), ["Grüße aus Köln"]);
        await device.sendOk("edit_message", { messageId: message._id, content: "Grüße aus Bonn" });
        assert.deepEqual(await search(bob, "koln"), []);
        assert.deepEqual(await search(bob, `bonn in:@${ann.username}`), ["Grüße aus Bonn"]);
        await device.sendOk("delete_message", { messageId: message._id });
        assert.deepEqual([await search(bob, "bonn"), await search(ann, "from:me")], [[], []]);
      },
    );

    test("highlights are where JavaScript finds the words", async () => {
      const [ann] = await Person.registerAll(server, "ann");
      const { _id: room } = await ann.createGroup("Notes");
      const content = "👨‍👩‍👧 Ein Café, 東京の CAFE\u0301 🎉";
      await ann.ask("POST", `/api/conversations/${room}/messages`, { content });
      for (const [q, words] of [
        ["cafe", ["Café", "CAFE\u0301"]],
        ["京の", ["京の"]],
        ['"ein cafe"', ["Ein Café"]],
        ["🎉", ["🎉"]],
      ]) {
        const { results } = await ann.ask("GET", `/api/search?q=${encodeURIComponent(q)}`);
        const marked = results[0].highlights.map(({ start, end }) => content.slice(start, end));
        assert.deepEqual(marked, words, q);
      }
    });

    test("a picture is found by being one", async () => {
      const [ann] = await Person.registerAll(server, "ann");
      const { _id: room } = await ann.createGroup("Notes");
      const { file } = await ann.upload("note.txt", "a note");
      await ann.ask("POST", `/api/conversations/${room}/messages`, { content: "", file });
      await ann.ask("POST", `/api/conversations/${room}/messages`, { content: "see www.example.org" });
      assert.deepEqual(await search(ann, "has:file"), [""]);
      assert.deepEqual(await search(ann, "has:link"), ["see www.example.org"]);
      assert.deepEqual(await search(ann, "has:image"), []);
    });

    test("more than the index takes in at once is found, before a restart and after it", async () => {
      const [ann, bob] = await Person.registerAll(server, "ann", "bob");
      const rooms = [await ann.createGroup("One", bob), await ann.createGroup("Two", bob)];
      const device = await ann.connect();
      const say = (n) =>
        device.sendOk("send_group_message", {
          conversationId: rooms[n % 2]._id,
          content: `number ${n} of many`,
        });
      for (const hundred of numbers(12)) {
        await Promise.all(numbers(100).map((n) => say(hundred * 100 + n)));
      }
      const all = async () => {
        const found = [];
        for (let next = ""; next !== undefined;) {
          const before = next && `&before=${next}`;
          const page = await bob.ask("GET", `/api/search?q=many&limit=50${before}`);
          found.push(...page.results.map(({ message }) => message.content));
          next = page.next;
        }
        return found;
      };
      const found = await all();
      assert.equal(new Set(found).size, 1200);
      await server.stop();
      await server.start();
      assert.deepEqual(await all(), found);
      assert.deepEqual(await search(bob, "number 777 in:two"), ["number 777 of many"]);
    });
  },
  { LIMIT_SENDS: "off", LIMIT_SEARCH: "off" },
);
