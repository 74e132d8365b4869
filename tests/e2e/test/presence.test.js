import assert from "node:assert/strict";
import { suite } from "../chirrup.js";
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
