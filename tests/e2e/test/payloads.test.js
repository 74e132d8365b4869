import assert from "node:assert/strict";
import { before } from "node:test";
import { suite } from "../chirrup.js";
import { Person, anyClient, forEachClient, test } from "../people.js";
import { Raw } from "../raw.js";
import { ask, payloads, requests } from "../requests.js";
import { groupPeople, groupScene, stateOf } from "../scenes.js";
import { assertCode, assertInvalid } from "../shapes.js";
import { sleep, until } from "../time.js";
import { NO_IDS, wrongParameters, wrongPayloads } from "../wrong.js";

const settings = {
  LIMIT_TYPING: "off",
  PRESENCE: "contacts",
  PRESENCE_GRACE: "1m",
};

/** Whom a wrong parameter of a path is nobody or nothing to. */
const ABSENT = [
  ["/api/users/{id}", "user_not_found"],
  ["/api/conversations/{id}", "not_a_member"],
  ["/api/messages/{id}", "message_not_found"],
  ["/uploads/{name}", "not_found"],
];

/** Codes of endless texts that differ from route to route. */
const ENDLESS_CODES = {
  "POST /api/auth/login": {
    email: "invalid_credentials",
    username: "invalid_credentials",
    password: "invalid_credentials",
  },
  "POST /api/auth/password": { password: "invalid_credentials" },
};

suite(
  "Wrong input",
  (server) => {
    let people = null;
    before(async () => (people = await groupPeople(server)));

    /** Where the owner of a group may do everything, to words of their own too. */
    async function sceneOf() {
      const scene = await groupScene(people);
      return { ...scene, ...scene.own.get(people.owner), actor: people.owner, upload: "none" };
    }

    function assertRefusal({ json, field, code }, answer, status) {
      try {
        if (code === "invalid_payload") assertInvalid(answer, field ?? "");
        else assertCode(code, answer, status);
      } catch (error) {
        throw new Error(`${String(json).slice(0, 200)}: ${error.message}`, { cause: error });
      }
    }

    for (const event of Object.keys(payloads)) {
      test(`${event}: whatever is wrong is named, changes nothing and harms nobody`, async () => {
        const scene = await sceneOf();
        const good = payloads[event](scene);
        const cases = [...wrongPayloads(server.documents.payloadOf(event), good)];
        assert.ok(cases.length > 20);
        const raw = await Raw.open(server, scene.actor.token);
        const state = await stateOf(scene, scene.actor);
        for (const wrong of cases) {
          const ack = await raw.emit(event, wrong.json);
          // To close what is not open is nothing.
          if (event === "leave_group" && wrong.code === "not_a_member") assert.equal(ack.success, true);
          else assertRefusal(wrong, ack);
          server.documents.checkAck(event, ack);
        }
        // A callback is nobody's duty, and more arguments are nobody's harm.
        for (const { json } of cases) raw.tell(event, json);
        for (const binary of [Buffer.from("bytes"), { conversationId: Buffer.from("bytes") }]) {
          assertInvalid(await scene.actor.phone.send(event, binary), "");
        }
        assert.deepEqual(await stateOf(scene, scene.actor), state);
        const ack = await raw.emit(event, `${JSON.stringify(good)},{"more":1},[],null`);
        assert.equal(ack.success, true, JSON.stringify(ack));
        raw.close();
      });
    }

    test("bytes that are no text end the connection that sent them, and change nothing", async () => {
      const scene = await sceneOf();
      const state = await stateOf(scene, scene.actor);
      for (const event of Object.keys(payloads)) {
        const raw = await Raw.open(server, scene.actor.token);
        const [head, tail] = JSON.stringify([event, payloads[event](scene)]).split(scene.room);
        raw.say(Buffer.concat([Buffer.from(`421${head}`), Buffer.of(0xc3, 0x28), Buffer.from(tail ?? '"]')]));
        await until("the end of the connection", () => raw.closed !== null);
        assert.equal(raw.closed, 1007);
      }
      assert.deepEqual(await stateOf(scene, scene.actor), state);
    });

    for (const route of Object.keys(requests)) {
      test(`${route}: whatever is wrong is named, and changes nothing`, async () => {
        const scene = await sceneOf();
        const { actor } = scene;
        const good = requests[route](scene);
        const { parameters = [] } = server.documents.routes.get(route);
        const state = await stateOf(scene, actor);

        const body = server.documents.bodyOf(route);
        for (const wrong of body ? wrongPayloads(body, good.body, ENDLESS_CODES[route]) : []) {
          const request = { ...good, body: undefined, raw: wrong.json ?? "" };
          const answer = await ask(server, route, request, actor.token);
          assertRefusal(wrong, answer.body, answer.status);
          if (wrong.code === "invalid_payload") assert.equal(answer.status, 422);
        }
        if (body) {
          for (const raw of [Buffer.of(0x7b, 0xff, 0x7d), "{", "\u0000", "{}{}", "a=b"]) {
            const answer = await ask(server, route, { ...good, body: undefined, raw }, actor.token);
            assertInvalid(answer.body, "payload");
          }
          const large = { ...good, body: undefined, raw: " ".repeat(1_000_001) };
          assert.equal((await ask(server, route, large, actor.token)).status, 413);
        }

        for (const { name } of parameters.filter((parameter) => parameter.in === "path")) {
          const code = name === "user" ? "user_not_found" : ABSENT.find(([path]) => route.includes(path))[1];
          for (const value of [...NO_IDS, "%FF", "%C3%28"]) {
            // Without it, it is another route.
            if (value === "") continue;
            const isText = !value.startsWith("%");
            const params = { ...good.params, [name]: isText ? encodeURIComponent(value) : value };
            const answer = await ask(server, route, { ...good, params }, actor.token);
            assertRefusal({ json: value, code: isText ? code : "not_found" }, answer.body, answer.status);
          }
        }

        for (const { name, schema } of parameters.filter((parameter) => parameter.in === "query")) {
          for (const value of wrongParameters(schema.$ref.split("/").at(-1))) {
            const query = { ...good.query, [name]: value };
            const answer = await ask(server, route, { ...good, query }, actor.token);
            assertRefusal({ json: value, field: name, code: "invalid_payload" }, answer.body);
            assert.equal(answer.status, 422);
          }
        }

        assert.deepEqual(await stateOf(scene, actor), state);
      });
    }

    async function pair() {
      const [ann, bob] = await Person.registerAll(server, "ann", "bob");
      const { _id: room } = await ann.createGroup("Friends", bob);
      const [from, to] = [await ann.connect(), await bob.connect()];
      return { ann, bob, room, from, to };
    }

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
  },
  settings,
);
