import assert from "node:assert/strict";
import { truncate } from "node:fs/promises";
import path from "node:path";
import { Chirrup } from "../chirrup.js";
import { Person, anyClient, clients, test } from "../people.js";
import { numbers, sleep, until, within } from "../time.js";

/** Runs the body with a server of its own, which it may stop and start. */
async function withServer(body) {
  const server = new Chirrup();
  try {
    await server.start();
    await body(server);
  } finally {
    await server.end();
  }
}

const impatient = { reconnection: true, reconnectionDelay: 50, reconnectionDelayMax: 200 };

test("after kill -9 history, conversations, accounts and tokens are there", () =>
  withServer(async (server) => {
    const [ann, bob] = await Person.registerAll(server, "ann", "bob");
    const group = await ann.createGroup("Friends", bob);
    const device = await ann.connect();
    const direct = await Promise.all(
      numbers(20).map((n) =>
        device.sendOk("send_direct_message", { recipientId: bob.id, content: `direct ${n}` }),
      ),
    );
    for (const n of numbers(5))
      await device.sendOk("send_group_message", { conversationId: group._id, content: `group ${n}` });
    const room = direct[0].message.conversationId;
    const before = [await bob.history(room), await bob.history(group._id), await bob.conversations()];

    await server.stop("SIGKILL");
    await server.start();

    assert.deepEqual([await bob.history(room), await bob.history(group._id)], before.slice(0, 2));
    const still = (list) =>
      list.map(({ _id, name, unreadCount, lastMessage }) => ({ _id, name, unreadCount, lastMessage }));
    assert.deepEqual(still(await bob.conversations()), still(before[2]));
    const login = await server.request("POST", "/api/auth/login", {
      body: { username: ann.username, password: ann.password },
    });
    assert.equal(login.status, 200);
    const again = await ann.connect();
    const { message } = await again.sendOk("send_direct_message", {
      recipientId: bob.id,
      content: "direct 21",
    });
    assert.equal(message.seq, 21);
  }));

test("who can't be checked for the moment is left to come back", () =>
  withServer(async (server) => {
    const ann = await Person.register(server, "ann");
    await server.stop();
    await server.start();
    // From here on the database can't be read.
    await truncate(path.join(server.dataDir, "chirrup.db"), 0);
    for (const { name, ...client } of clients) {
      const { socket } = ann.device(client);
      const errors = [];
      // A poll that comes after the end fails as a transport does; a refusal would carry words of the server's.
      socket.on("connect_error", ({ type, message }) => type ?? errors.push(message));
      const closed = new Promise((resolve) => socket.io.on("close", resolve));
      assert.match(await within(5000, `${name}: the end`, closed), /^transport/);
      assert.deepEqual(errors, [], name);
    }
    await server.stop("SIGKILL");
  }));

test("what was acked before kill -9 in the middle of sending is there, without gaps", () =>
  withServer(async (server) => {
    const [ann, bob] = await Person.registerAll(server, "ann", "bob");
    const device = await ann.connect();
    const acked = [];
    let room = null;
    const sending = (async () => {
      for (let n = 1; n <= 5000 && device.connected; n++) {
        device.socket.emit(
          "send_direct_message",
          { recipientId: bob.id, content: `${n}`, clientId: `c${n}` },
          ({ message }) => {
            room = message.conversationId;
            acked.push(message);
          },
        );
        if (n % 20 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
      }
    })();
    await until("300 acks", () => acked.length > 300);
    await server.stop("SIGKILL");
    await sending;
    await server.start();

    const history = await bob.history(room);
    assert.deepEqual(
      history.map(({ seq }) => seq),
      numbers(history.length),
    );
    assert.ok(history.length >= acked.length);
    for (const { _id, seq, content } of acked) {
      assert.deepEqual([history[seq - 1]._id, history[seq - 1].content], [_id, content]);
    }
    const last = history.at(-1);
    const again = await (
      await ann.connect()
    ).sendOk("send_direct_message", {
      recipientId: bob.id,
      content: last.content,
      clientId: `c${last.content}`,
    });
    assert.equal(again.message._id, last._id);
  }));

for (const client of clients) {
  test(`${client.name}: goes on by itself after kill -9 and a new start`, () =>
    withServer(async (server) => {
      const [ann, bob] = await Person.registerAll(server, "ann", "bob");
      const [from, to] = [await ann.connect(client, impatient), await bob.connect(client, impatient)];
      await from.sendOk("send_direct_message", { recipientId: bob.id, content: "before" });
      assert.equal((await to.gets("new_message")).message.content, "before");

      const losses = [from, to].map((it) =>
        within(5000, "disconnect", new Promise((resolve) => it.socket.once("disconnect", resolve))),
      );
      await server.stop("SIGKILL");
      for (const reason of await Promise.all(losses)) assert.match(reason, /^transport (close|error)$/);
      const buffered = from.sendOk("send_direct_message", { recipientId: bob.id, content: "while away" });
      // A first try may meet a server that is not there yet; the client tries again.
      const returns = Promise.allSettled([from, to].map((it) => it.arrival(15_000)));
      await server.start();
      await returns;
      await until("both to be back", () => from.connected && to.connected, 10_000);

      const { message } = await buffered;
      assert.equal(message.seq, 2);
      await from.sendOk("send_direct_message", { recipientId: bob.id, content: "after" });
      await until("the last message", () =>
        to.got("new_message").some((it) => it.message.content === "after"),
      );
      const history = await bob.history(message.conversationId);
      assert.deepEqual(
        history.map(({ content }) => content),
        ["before", "while away", "after"],
      );
    }));
}

test("SIGTERM ends the process with 0, and clients are left to come back", () =>
  withServer(async (server) => {
    const ann = await Person.register(server, "ann");
    const device = await ann.connect(anyClient, impatient);
    const reason = new Promise((resolve) => device.socket.once("disconnect", resolve));
    const [code] = await server.stop("SIGTERM");
    assert.equal(code, 0);
    assert.match(await within(5000, "disconnect", reason), /^transport (close|error)$/);
    await server.start();
    await until("being back", () => device.connected, 10_000);
  }));

test("what was acked around SIGTERM reaches its recipient, before or after", { timeout: 60_000 }, () =>
  withServer(async (server) => {
    const [ann, bob] = await Person.registerAll(server, "ann", "bob");
    const received = new Set();
    const acked = new Set();
    const listen = async (client) => {
      const device = bob.device(client);
      device.socket.on("new_message", ({ message }) => received.add(message.content));
      await device.arrival();
      return device;
    };
    for (const [round, client] of clients.filter(({ name }) => !name.includes("upgrade")).entries()) {
      const [sender, recipient] = [await ann.connect(), await listen(client)];
      let end = null;
      // Fewer than a connection gets of what waited.
      for (let n = 1; n <= 200 && sender.connected; n++) {
        const content = `${round}.${n}`;
        sender.socket.emit("send_direct_message", { recipientId: bob.id, content }, ({ success }) => {
          if (success) acked.add(content);
        });
        if (n === 20) end = server.stop("SIGTERM");
        if (n % 4 === 0) await sleep(1);
      }
      // All that it was sent before the end is read by then.
      await until("the recipient's end", () => !recipient.connected, 15_000);
      await end;
      await server.start();
      const next = await listen(anyClient);
      const missing = () => [...acked].filter((content) => !received.has(content));
      await until(`${client.name}: what was acked`, () => missing().length === 0).catch(() => {});
      assert.deepEqual(missing(), [], client.name);
      next.leave();
    }
  }),
);
