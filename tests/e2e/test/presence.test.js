import assert from "node:assert/strict";
import { Chirrup, suite } from "../chirrup.js";
import { Person, test } from "../people.js";
import { sleep, until } from "../time.js";

const GRACE = 400;

suite(
  "Presence",
  (server) => {
    const about = (events, person) => events.filter(({ userId }) => userId === person.id);

    test("the first device makes one online, the last makes one offline, after the grace", async () => {
      const [ann, bob] = await Person.registerAll(server, "ann", "bob");
      const watcher = await bob.connect();
      const phone = await ann.connect();
      await until("user_online", () => about(watcher.got("user_online"), ann).length === 1);
      assert.equal(about(watcher.got("user_online"), ann)[0].username, ann.username);
      const laptop = await ann.connect();
      phone.leave();
      await sleep(GRACE * 2);
      assert.deepEqual(about(watcher.got("user_offline"), ann), []);
      const left = Date.now();
      laptop.leave();
      await until("user_offline", () => about(watcher.got("user_offline"), ann).length === 1);
      const [{ lastSeen }] = about(watcher.got("user_offline"), ann);
      assert.ok(Date.now() - left >= GRACE - 50, "not before the grace is over");
      assert.ok(Math.abs(Date.parse(lastSeen) - left) < 2000, lastSeen);
      assert.equal(about(watcher.got("user_online"), ann).length, 1);
    });

    test("a reload is not an absence", async () => {
      const [ann, bob] = await Person.registerAll(server, "ann", "bob");
      const watcher = await bob.connect();
      for (let reload = 0; reload < 3; reload++) {
        const device = await ann.connect();
        await sleep(30);
        device.leave();
        await sleep(GRACE / 4);
      }
      await ann.connect();
      await sleep(GRACE * 2);
      assert.equal(about(watcher.got("user_online"), ann).length, 1);
      assert.deepEqual(about(watcher.got("user_offline"), ann), []);
    });

    test("others see it over HTTP", async () => {
      const [ann, bob] = await Person.registerAll(server, "ann", "bob");
      const isOnline = async () => (await bob.ask("GET", `/api/users/${ann.id}`)).user.isOnline;
      assert.equal(await isOnline(), false);
      const phone = await ann.connect();
      const laptop = await ann.connect();
      assert.equal(await isOnline(), true);
      phone.leave();
      await sleep(GRACE * 2);
      assert.equal(await isOnline(), true);
      laptop.leave();
      await sleep(GRACE * 2);
      assert.equal(await isOnline(), false);
    });

    test("within the grace one shows as online, but a message waits", async () => {
      const [ann, bob] = await Person.registerAll(server, "ann", "bob");
      const watcher = await bob.connect();
      const phone = await ann.connect();
      phone.leave();
      await until("the message waits", async () => {
        const ack = await watcher.sendOk("send_direct_message", { recipientId: ann.id, content: "hi" });
        return ack.status === "sent";
      });
      const { user } = await bob.ask("GET", `/api/users/${ann.id}`);
      if (about(watcher.got("user_offline"), ann).length === 0) assert.equal(user.isOnline, true);
    });

    test("a refused connection makes nobody online", async () => {
      const [ann, bob] = await Person.registerAll(server, "ann", "bob");
      const watcher = await bob.connect();
      await ann.device(undefined, { auth: { token: `${ann.token}x` } }).refusal();
      await sleep(100);
      assert.deepEqual(about(watcher.got("user_online"), ann), []);
    });
  },
  { PRESENCE_GRACE: `${GRACE}ms` },
);

suite(
  "Presence without a grace",
  (server) => {
    test("comings and goings are told in order", async () => {
      const [ann, bob] = await Person.registerAll(server, "ann", "bob");
      const watcher = await bob.connect();
      const told = [];
      for (const name of ["user_online", "user_offline"])
        watcher.socket.on(name, ({ userId }) => userId === ann.id && told.push(name));
      for (let visit = 0; visit < 40; visit++) {
        const device = await ann.connect();
        device.leave();
      }
      const last = await ann.connect();
      await until("she is told as online", () => told.at(-1) === "user_online");
      last.leave();
      await until("she is told as offline", () => told.at(-1) === "user_offline");
      const expected = told.map((_, index) => (index % 2 === 0 ? "user_online" : "user_offline"));
      assert.deepEqual(told, expected);
    });
  },
  { PRESENCE_GRACE: "0s" },
);

for (const [audience, hears] of [
  ["contacts", false],
  ["everyone", true],
]) {
  suite(
    `PRESENCE=${audience}`,
    (server) => {
      test(`who shares no conversation hears ${hears ? "it" : "nothing"}`, async () => {
        const [ann, bob, carol] = await Person.registerAll(server, "ann", "bob", "carol");
        await ann.createGroup("Friends", bob);
        const [friend, stranger] = [await bob.connect(), await carol.connect()];
        const heard = (device, name, { id }) => device.got(name).some(({ userId }) => userId === id);
        (await ann.connect()).leave();
        await until("a friend hears it", () => heard(friend, "user_offline", ann));
        // What a stranger is told of somebody else comes after it.
        const guest = await Person.register(server, "guest");
        await guest.ask("POST", "/api/conversations", { type: "direct", participants: [carol.id] });
        await guest.connect();
        await until("the stranger hears of the guest", () => heard(stranger, "user_online", guest));
        for (const name of ["user_online", "user_offline"]) assert.equal(heard(stranger, name, ann), hears);
      });
    },
    { PRESENCE: audience, PRESENCE_GRACE: "10ms" },
  );
}

test("who was here to the end was last seen then", async () => {
  const server = new Chirrup();
  try {
    await server.start();
    const [ann, bob] = await Person.registerAll(server, "ann", "bob");
    await ann.connect();
    const before = Date.now();
    await server.stop();
    await server.start();
    const { user } = await bob.ask("GET", `/api/users/${ann.id}`);
    assert.ok(Date.parse(user.lastSeen) >= before, user.lastSeen);
  } finally {
    await server.end();
  }
});
