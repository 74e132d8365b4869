import assert from "node:assert/strict";
import { suite } from "../chirrup.js";
import { Person, test } from "../people.js";
import { assertInvalid, assertRefused, assertUser } from "../shapes.js";
import { now, sign } from "../token.js";

suite("Accounts over HTTP", (server) => {
  const register = (body) => server.request("POST", "/api/auth/register", { body });
  const login = (body) => server.request("POST", "/api/auth/login", { body });

  test("who registers is signed in and sees themselves", async () => {
    const body = { username: "Zoë Smith", email: "Zoe@Example.com", password: "twelve chars" };
    const answer = await register(body);
    assert.equal(answer.status, 201);
    assert.equal(answer.body.success, true);
    assert.equal(answer.body.user.username, "Zoë Smith");
    assert.equal(answer.body.user.email.toLowerCase(), "zoe@example.com");
    const me = await server.request("GET", "/api/users/me", { token: answer.body.token });
    assert.equal(me.status, 200);
    assert.equal(me.body.user._id, answer.body.user._id);
    assert.ok(!JSON.stringify([answer.body, me.body]).match(/twelve chars|argon2|passwordHash/));
  });

  test("one signs in by email or by name, whatever the case", async () => {
    const ann = await Person.register(server, "ann");
    for (const name of [
      { email: ann.email },
      { username: ann.username },
      { email: ann.email.toUpperCase() },
      { username: ann.username.toUpperCase() },
    ]) {
      const answer = await login({ ...name, password: ann.password });
      assert.equal(answer.status, 200, JSON.stringify(answer.body));
      assert.equal(answer.body.user._id, ann.id);
      assert.equal((await server.request("GET", "/api/users/me", { token: answer.body.token })).status, 200);
    }
  });

  test("a wrong password and an unknown account are told in the same words", async () => {
    const ann = await Person.register(server, "ann");
    for (const body of [
      { email: ann.email, password: "not the password" },
      { username: ann.username, password: "" },
      { email: "nobody@example.com", password: ann.password },
      { username: "nobody at all", password: ann.password },
    ]) {
      const answer = await login(body);
      assert.equal(answer.status, 401);
      assertRefused(answer.body, "Invalid credentials");
    }
  });

  test("names and addresses are taken once, whatever their case", async () => {
    const ann = await Person.register(server, "ann");
    const fresh = { username: "somebody new", email: "new@example.com", password: ann.password };
    for (const taken of [{ username: ann.username.toUpperCase() }, { email: ann.email.toUpperCase() }]) {
      const answer = await register({ ...fresh, ...taken });
      assert.equal(answer.status, 409);
      assert.equal(answer.body.success, false);
    }
  });

  test("of 8 who race for a name one gets it", async () => {
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, index) =>
        register({ username: "the only one", email: `racer${index}@example.com`, password: "twelve chars" }),
      ),
    );
    assert.deepEqual(answers.map(({ status }) => status).sort(), [201, 409, 409, 409, 409, 409, 409, 409]);
  });

  const good = { username: "somebody", email: "somebody@example.com", password: "twelve chars" };
  for (const [field, values] of Object.entries({
    username: [undefined, null, 1, {}, [], "", "ab", "x".repeat(33), "a@b.c", "<b>bob</b>", { $ne: null }],
    email: [undefined, null, 1, {}, "", "nobody", "a@", "@b.c", { $gt: "" }],
    password: [undefined, null, 12345678, {}, "", "seven77", "x".repeat(257)],
  })) {
    test(`a wrong ${field} is refused by name`, async () => {
      for (const value of values) {
        const answer = await register({ ...good, [field]: value });
        assert.ok([400, 422].includes(answer.status), String(answer.status));
        assertInvalid(answer.body, field);
      }
    });
  }

  test("what is no JSON is refused as JSON", async () => {
    for (const body of ["", "{", "null", "[]", '"x"', "\u0000"]) {
      const response = await fetch(`${server.url}/api/auth/login`, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body,
      });
      assert.ok(response.status >= 400 && response.status < 500);
      assert.equal((await response.json()).success, false);
    }
  });

  test("tokens of HTTP requests are refused in the tutorial's words", async () => {
    const ann = await Person.register(server, "ann");
    const exp = now() + 60;
    for (const [token, error] of [
      [undefined, "No token"],
      ["garbage", "Invalid token"],
      [sign({ id: ann.id, exp: now() - 1 }), "Invalid token"],
      [sign({ id: ann.id, exp }, { secret: "another secret" }), "Invalid token"],
      [sign({ id: ann.id, exp }, { algorithm: "none" }), "Invalid token"],
      [sign({ id: "f".repeat(24), exp }), "User not found"],
    ]) {
      const answer = await server.request("GET", "/api/users/me", { token });
      assert.equal(answer.status, 401);
      assertRefused(answer.body, error);
    }
  });

  test("others are seen without what is theirs alone", async () => {
    const [ann, bob] = await Person.registerAll(server, "ann", "bob");
    const { user } = await ann.ask("GET", `/api/users/${bob.id}`);
    assertUser(user, bob);
  });

  test("unknown routes answer in JSON", async () => {
    const answer = await server.request("GET", "/api/nothing/here");
    assert.equal(answer.status, 404);
    assert.equal(answer.body.success, false);
  });
});
