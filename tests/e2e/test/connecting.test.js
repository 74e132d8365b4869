import assert from "node:assert/strict";
import { suite } from "../chirrup.js";
import { Device, Person, anyClient, forEachClient, test } from "../people.js";
import { sleep, within } from "../time.js";
import { now, sign } from "../token.js";

const NO_TOKEN = "No token provided";
const NO_USER = "User not found";
const FAILED = "Authentication failed";

suite("Connecting", (server) => {
  const nobody = "65a51c2f0123456789abcdef";

  forEachClient("with the token of the registration", async (client) => {
    const ann = await Person.register(server, "ann");
    const device = await ann.connect(client);
    assert.ok(device.connected);
  });

  forEachClient("each refusal has its message", async (client) => {
    const ann = await Person.register(server, "ann");
    const exp = now() + 60;
    const refusals = [
      [undefined, NO_TOKEN],
      [{}, NO_TOKEN],
      [{ token: null }, NO_TOKEN],
      [{ token: "" }, NO_TOKEN],
      [{ token: "garbage" }, FAILED],
      [{ token: "a.b.c" }, FAILED],
      [{ token: ann.token.slice(0, -2) }, FAILED],
      [{ token: sign({ id: ann.id, email: ann.email, exp: now() - 1 }) }, FAILED],
      [{ token: sign({ id: ann.id, email: ann.email, exp }, { secret: "another" }) }, FAILED],
      [{ token: sign({ id: ann.id, email: ann.email, exp }, { algorithm: "none" }) }, FAILED],
      [{ token: sign({ id: ann.id, email: ann.email }) }, FAILED],
      [{ token: sign({ id: nobody, email: "nobody@example.com", exp }) }, NO_USER],
    ];
    for (const [auth, message] of refusals) {
      const device = new Device(server, client, { auth });
      assert.equal(await device.refusal(), message, JSON.stringify(auth));
    }
  });

  test("a token that is no text is refused", async () => {
    for (const token of [1, true, {}, [], { $ne: null }]) {
      const device = new Device(server, anyClient, { auth: { token } });
      assert.ok([NO_TOKEN, FAILED].includes(await device.refusal()));
    }
  });

  test("a token that claims another algorithm than its signature's is refused", async () => {
    const ann = await Person.register(server, "ann");
    const [, claims, signature] = sign({ id: ann.id, exp: now() + 60 }).split(".");
    const header = Buffer.from('{"alg":"RS256","typ":"JWT"}').toString("base64url");
    const device = new Device(server, anyClient, { auth: { token: `${header}.${claims}.${signature}` } });
    assert.equal(await device.refusal(), FAILED);
  });

  test("tokens of another service that has the secret are good", async () => {
    const ann = await Person.register(server, "ann");
    const claims = { id: ann.id, email: ann.email };
    const tokens = ["HS256", "HS384", "HS512"].map((algorithm) =>
      sign({ ...claims, iat: now(), exp: now() + 60 }, { algorithm }),
    );
    for (const token of [...tokens, sign({ ...claims, iat: now() }), sign({ ...claims, exp: now() + 60 })]) {
      const device = new Device(server, anyClient, { auth: { token } });
      await device.arrival();
    }
  });

  test("an unknown namespace is refused", async () => {
    const device = new Device({ url: `${server.url}/admin` }, anyClient, { auth: { token: "x" } });
    assert.equal(await device.refusal(), "Invalid namespace");
  });

  test("a refused client may try again with a good token", async () => {
    const ann = await Person.register(server, "ann");
    const device = new Device(server, anyClient, { auth: { token: "garbage" } });
    assert.equal(await device.refusal(), FAILED);
    device.socket.auth = { token: ann.token };
    device.socket.connect();
    await device.arrival();
  });

  forEachClient("what is emitted right after connect is answered", async (client) => {
    const [ann, bob] = await Person.registerAll(server, "ann", "bob");
    const device = ann.device(client);
    const ack = new Promise((resolve) => {
      device.socket.on("connect", () =>
        device.socket.emit("send_direct_message", { recipientId: bob.id, content: "at once" }, resolve),
      );
    });
    assert.equal((await within(5000, "the ack", ack)).success, true);
  });

  forEachClient("what is emitted before connect is answered, in order", async (client) => {
    const [ann, bob] = await Person.registerAll(server, "ann", "bob");
    const device = ann.device(client);
    const acks = await Promise.all(
      [1, 2, 3].map((n) => device.sendOk("send_direct_message", { recipientId: bob.id, content: String(n) })),
    );
    assert.deepEqual(
      acks.map(({ message }) => [message.seq, message.content]),
      [
        [1, "1"],
        [2, "2"],
        [3, "3"],
      ],
    );
  });

  test("a live socket is told and disconnected when its token expires", async () => {
    const ann = await Person.register(server, "ann");
    const token = sign({ id: ann.id, email: ann.email, exp: now() + 2 });
    const device = new Device(server, anyClient, { auth: { token }, reconnection: true });
    await device.arrival();
    const reason = new Promise((resolve) => device.socket.once("disconnect", resolve));
    const { reason: why } = await device.gets("session_expired", 6000);
    assert.equal(typeof why, "string");
    assert.equal(await within(3000, "disconnect", reason), "io server disconnect");
    await sleep(200);
    assert.equal(device.connected, false);
  });
});
