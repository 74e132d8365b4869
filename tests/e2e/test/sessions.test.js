import assert from "node:assert/strict";
import { Chirrup, suite } from "../chirrup.js";
import { Device, Person, anyClient, forEachClient, test } from "../people.js";
import { assertInvalid, assertRefused } from "../shapes.js";
import { sleep, until, within } from "../time.js";
import { now, sign } from "../token.js";
import { play } from "../transcript.js";

/** Resolves to why the device is disconnected, and asserts that it was told before. */
async function dismissal(device, reason) {
  const gone = new Promise((resolve) => device.socket.once("disconnect", resolve));
  return async () => {
    assert.deepEqual(await device.gets("session_expired"), { reason });
    if (device.connected) assert.equal(await within(3000, "disconnect", gone), "io server disconnect");
    await sleep(200);
    assert.equal(device.connected, false, "it stays away");
  };
}

suite("Sessions", (server) => {
  forEachClient(
    "revoking all tokens ends every connection of the user, and nobody else's",
    async (client) => {
      const [ann, bob] = await Person.registerAll(server, "ann", "bob");
      const devices = [
        await ann.connect(client, { reconnection: true }),
        await ann.connect(client, { reconnection: true }),
      ];
      const watcher = await bob.connect(client);
      const told = await Promise.all(devices.map((device) => dismissal(device, "revoked")));
      await ann.ask("POST", "/api/auth/logout_all");
      for (const check of told) await check();
      assert.ok(watcher.connected);
      assert.equal(await ann.device(client).refusal(), "Authentication failed");
      const login = await server.request("POST", "/api/auth/login", {
        body: { username: ann.username, password: ann.password },
      });
      await new Device(server, client, { auth: { token: login.body.token } }).arrival();
    },
  );

  test("another password ends the connections; the new token opens them again", async () => {
    const ann = await Person.register(server, "ann");
    const told = await dismissal(await ann.connect(), "revoked");
    const { token } = await ann.ask("POST", "/api/auth/password", {
      password: ann.password,
      newPassword: "another horse",
    });
    await told();
    await new Device(server, anyClient, { auth: { token } }).arrival();
  });

  test("a command that disables an account ends its connections", async () => {
    const [ann, bob] = await Person.registerAll(server, "ann", "bob");
    const [device, other] = [await ann.connect(), await bob.connect()];
    const told = await dismissal(device, "disabled");
    server.command("user", "disable", ann.username);
    await told();
    assert.equal(await ann.device().refusal(), "Authentication failed");
    assert.ok(other.connected);
    server.command("user", "enable", ann.username);
    const token = server.command("token", ann.username).trim();
    await new Device(server, anyClient, { auth: { token } }).arrival();
  });

  test("tokens of another issuer are judged by when they were issued", async () => {
    const ann = await Person.register(server, "ann");
    const exp = now() + 60;
    const old = { auth: { token: sign({ id: ann.id, iat: now() - 5, exp }) } };
    const undated = { auth: { token: sign({ id: ann.id, exp }) } };
    const devices = [await ann.connect(anyClient, old), await ann.connect(anyClient, undated)];
    const told = await Promise.all(devices.map((device) => dismissal(device, "revoked")));
    await ann.ask("POST", "/api/auth/logout_all");
    for (const check of told) await check();
    for (const auth of [old, undated])
      assert.equal(await ann.device(anyClient, auth).refusal(), "Authentication failed");
    await ann.connect(anyClient, { auth: { token: sign({ id: ann.id, iat: now() + 1, exp }) } });
  });

  test("who connects as the tokens are revoked is let in with a good one only", async () => {
    const ann = await Person.register(server, "ann");
    const devices = Array.from({ length: 10 }, () => ann.device());
    await ann.ask("POST", "/api/auth/logout_all");
    await Promise.allSettled(devices.map((device) => device.arrival()));
    await until("all to be gone", () => devices.every((device) => !device.connected));
  });

  forEachClient("another token keeps a connection beyond the first one's end", async (client) => {
    const ann = await Person.register(server, "ann");
    const token = sign({ id: ann.id, iat: now(), exp: now() + 2 });
    const device = await ann.connect(client, { auth: { token } });
    const exp = now() + 600;
    const { expiresAt } = await device.sendOk("refresh_token", {
      token: sign({ id: ann.id, iat: now(), exp }),
    });
    assert.equal(Date.parse(expiresAt), exp * 1000);
    await sleep(2500);
    assert.ok(device.connected);
    await device.sendOk("send_direct_message", { recipientId: ann.id, content: "still here" });
  });

  test("a token that is bad or somebody else's changes nothing", async () => {
    const [ann, bob] = await Person.registerAll(server, "ann", "bob");
    const device = await ann.connect();
    for (const token of [bob.token, "garbage", "", sign({ id: ann.id, exp: now() - 1 })])
      assertRefused(
        await device.send("refresh_token", { token }),
        "Authentication failed",
        "authentication_failed",
      );
    for (const payload of [null, [], "x"])
      assertInvalid(await device.send("refresh_token", payload), "payload");
    for (const payload of [{}, { token: { $ne: null } }])
      assertInvalid(await device.send("refresh_token", payload), "token");
    assert.ok(device.connected);
  });

  test("a refreshed connection is still ended by a revocation", async () => {
    const ann = await Person.register(server, "ann");
    const device = await ann.connect();
    const gone = new Promise((resolve) => device.socket.once("disconnect", resolve));
    const { token } = await ann.ask("POST", "/api/auth/refresh");
    await play(
      { ann: device },
      { token },
      `
      ann sends refresh_token {"token":"$token"}
      ann ack   {"success":true,"expiresAt":"$at"}
      `,
    );
    await ann.ask("POST", "/api/auth/logout_all");
    await play(
      { ann: device },
      {},
      `
      ann gets session_expired {"reason":"revoked"}
      `,
    );
    assert.equal(await within(3000, "disconnect", gone), "io server disconnect");
  });
});

suite(
  "Limits of connections and sends",
  (server) => {
    test("one connection too many ends the oldest", async () => {
      const [ann, bob] = await Person.registerAll(server, "ann", "bob");
      const other = await bob.connect();
      const oldest = await ann.connect(anyClient, { reconnection: true });
      const told = await dismissal(oldest, "too_many_connections");
      const second = await ann.connect();
      await ann.connect();
      await told();
      assert.ok(second.connected && other.connected);
      const crowd = await Promise.all(Array.from({ length: 5 }, () => ann.connect()));
      await until("two to be left", () => crowd.filter((device) => device.connected).length === 2);
    });

    test("too many sends are refused with when to try again, one user's and not another's", async () => {
      const [ann, bob] = await Person.registerAll(server, "ann", "bob");
      const [from, to] = [await ann.connect(), await bob.connect()];
      const send = (device, { id }) =>
        device.send("send_direct_message", { recipientId: id, content: "hello" });
      const acks = await Promise.all(Array.from({ length: 8 }, () => send(from, bob)));
      const refused = acks.filter(({ success }) => !success);
      assert.ok(refused.length >= 3, `${refused.length}`);
      for (const ack of refused) {
        assertRefused(ack, "Too many requests", "rate_limited");
        assert.ok(ack.retryAfter > 0 && ack.retryAfter <= 500, `${ack.retryAfter}`);
      }
      assert.equal((await send(to, ann)).success, true);
      await sleep(600);
      assert.equal((await send(from, bob)).success, true);
      assert.ok(from.connected);
    });
  },
  { LIMIT_SOCKETS_PER_USER: "2", LIMIT_SENDS: "2/s:4" },
);

test("who was connected when the server died is not online, and was seen then", async () => {
  const server = new Chirrup();
  try {
    await server.start();
    const [ann, bob] = await Person.registerAll(server, "ann", "bob");
    await sleep(100);
    const came = Date.now();
    await ann.connect();
    await sleep(200);
    await server.stop("SIGKILL");
    await server.start();
    const { user } = await bob.ask("GET", `/api/users/${ann.id}`);
    assert.equal(user.isOnline, false);
    assert.ok(Date.parse(user.lastSeen) >= came - 50, user.lastSeen);
  } finally {
    await server.end();
  }
});
