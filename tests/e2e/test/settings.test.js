import assert from "node:assert/strict";
import { access } from "node:fs/promises";
import path from "node:path";
import { Chirrup, JWT_SECRET, freePort, suite } from "../chirrup.js";
import { upload } from "../files.js";
import { Person, test } from "../people.js";
import { editedInTime } from "../scenes.js";
import { assertCode, assertRefused } from "../shapes.js";
import { sleep, until } from "../time.js";
import { now, sign } from "../token.js";

const adminPort = await freePort();
const ORIGIN = "https://chat.example.com";
const FRAMES = 24;
const SENDS = FRAMES + 8;

/** What is refused, and so is not in the help. */
const NOT_YET = ["MONGO_URI"];

/** Every setting: a value that is not its default, unless it is this suite's anyway, and how that shows. */
const SETTINGS = {
  PORT: {
    shows: async ({ url }) => assert.ok((await fetch(`${url}/healthz`)).ok),
  },
  HOST: {
    value: "127.0.0.1",
    shows: ({ url }) => assert.rejects(fetch(`${url.replace("127.0.0.1", "127.0.0.2")}/healthz`)),
  },
  DATA_DIR: {
    shows: ({ dataDir }) => access(path.join(dataDir, "chirrup.db")),
  },
  JWT_SECRET: {
    value: JWT_SECRET,
    shows: async (server) => {
      const { id } = await member(server, "ann");
      const token = sign({ id, exp: now() + 60 });
      assert.equal((await server.request("GET", "/api/users/me", { token })).status, 200);
    },
  },
  JWT_EXPIRES_IN: {
    value: "5m",
    shows: async (server) => {
      const { token } = await member(server, "ann");
      const { iat, exp } = JSON.parse(Buffer.from(token.split(".")[1], "base64url"));
      assert.equal(exp - iat, 300);
    },
  },
  CLIENT_ORIGIN: {
    value: ORIGIN,
    shows: async ({ url }) => {
      const { headers } = await fetch(`${url}/healthz`, { headers: { Origin: ORIGIN } });
      assert.equal(headers.get("access-control-allow-origin"), ORIGIN);
    },
  },
  REGISTRATION: {
    value: "closed",
    shows: async (server) => {
      const body = { username: "eve", email: "eve@example.com", password: "correct horse" };
      const answer = await server.request("POST", "/api/auth/register", { body });
      assert.equal(answer.status, 403);
      assertRefused(answer.body, "Registration is closed", "registration_closed");
    },
  },
  PRESENCE: {
    value: "contacts",
    shows: async (server) => {
      const [newcomer, bob, carol] = await members(server, "newcomer", "bob", "carol");
      await newcomer.createGroup("Friends", bob);
      const [friend, stranger] = [await bob.connect(), await carol.connect()];
      await newcomer.connect();
      await friend.gets("user_online");
      await stranger.caughtUp();
      assert.deepEqual(stranger.got("user_online"), []);
    },
  },
  PRESENCE_GRACE: {
    value: "10s",
    shows: async (server) => {
      const [ann, bob] = await members(server, "visitor", "bob");
      (await ann.connect()).leave();
      await sleep(2500);
      assert.equal((await bob.ask("GET", `/api/users/${ann.id}`)).user.isOnline, true);
    },
  },
  MONGO_URI: {
    // This build has no use for it and says so.
    shows: async () => {
      const server = new Chirrup({ MONGO_URI: "mongodb://127.0.0.1/chat" });
      await assert.rejects(server.start(), /MONGO_URI/).finally(() => server.end());
    },
  },
  UPLOAD_TYPES: {
    value: "txt",
    shows: async (server) => {
      const ann = await member(server, "ann");
      assert.equal((await upload(ann, "hi", "a.txt")).success, true);
      const refused = await upload(ann, "%PDF-1.4", "a.pdf");
      assertRefused(refused, "Invalid file type", "invalid_file_type");
      assert.equal(refused.reason, "expected one of txt");
    },
  },
  LIMIT_UPLOAD_BYTES: {
    value: "1000",
    shows: async (server) => {
      const ann = await member(server, "ann");
      assert.equal((await upload(ann, "x".repeat(1000), "a.txt")).success, true);
      const refused = await upload(ann, "x".repeat(1001), "a.txt");
      assert.deepEqual([refused.status, refused.limit], [413, 1000]);
      assertRefused(refused, "File too large", "file_too_large");
    },
  },
  ADMIN_ADDR: {
    value: `127.0.0.1:${adminPort}`,
    shows: async () => {
      const metrics = await fetch(`http://127.0.0.1:${adminPort}/metrics`);
      assert.match(await metrics.text(), /^# (HELP|TYPE) chirrup_/m);
    },
  },
  TRUST_PROXY: {
    value: "127.0.0.1",
    shows: async (server) => {
      for (const client of ["192.0.2.1", "192.0.2.2", "192.0.2.3"])
        assert.equal((await signIn(server, client, "somebody")).status, 401);
    },
  },
  LIMIT_SIGN_IN: {
    value: "2/h,3/h",
    shows: async (server) => {
      const statuses = async (client, ...names) => {
        const answers = [];
        for (const name of names) answers.push((await signIn(server, client, name)).status);
        return answers;
      };
      assert.deepEqual(await statuses("198.51.100.1", "eve", "eve", "eve"), [401, 401, 429]);
      const [one, two, three, four] = ["eve", "frank", "grace", "heidi"];
      assert.deepEqual(await statuses("198.51.100.2", one, two, three, four), [401, 401, 401, 429]);
    },
  },
  LOG: {
    value: "debug",
    shows: async (server) => {
      await (await (await member(server, "ann")).connect()).send("leave_group", "");
      await until("a line about an event", () => server.output.includes('"leave_group"'));
    },
  },
  LOG_FORMAT: {
    value: "json",
    shows: ({ output }) => assert.ok(JSON.parse(output.trim().split("\n").at(-1)).message),
  },
  LIMIT_MESSAGE_CHARS: {
    value: "20",
    shows: async (server) => {
      const [ann, bob] = await members(server, "ann", "bob");
      const device = await ann.connect();
      const payload = (count) => ({ recipientId: bob.id, content: "ü".repeat(count) });
      await device.sendOk("send_direct_message", payload(20));
      const refused = await device.send("send_direct_message", payload(21));
      assertCode("too_long", refused);
      assert.equal(refused.limit, 20);
    },
  },
  LIMIT_EDIT_AGE: {
    value: "1s",
    shows: async (server) => {
      const ann = await member(server, "ann");
      const device = await ann.connect();
      const message = await editedInTime(device, ann, "ho");
      await sleep(1100);
      const late = await device.send("edit_message", { messageId: message._id, content: "too late" });
      assertRefused(late, "Message too old", "too_old");
    },
  },
  LIMIT_GROUP_MEMBERS: {
    value: "2",
    shows: async (server) => {
      const [ann, ...others] = await members(server, "ann", "bob", "carol");
      const body = { type: "group", name: "Three", participants: others.map(({ id }) => id) };
      const answer = await server.request("POST", "/api/conversations", { token: ann.token, body });
      assert.equal(answer.status, 422);
      assertRefused(answer.body, "Too many members", "too_many_members");
      assert.equal(answer.body.limit, 2);
    },
  },
  LIMIT_SENDS: {
    value: `1/h:${SENDS}`,
    shows: async (server) => {
      const ann = await member(server, "writer");
      const device = await ann.connect();
      const payload = { recipientId: ann.id, content: "hi" };
      for (let sent = 0; sent < SENDS; sent++) await device.sendOk("send_direct_message", payload);
      const refused = await device.send("send_direct_message", payload);
      assertRefused(refused, "Too many requests", "rate_limited");
    },
  },
  LIMIT_TYPING: {
    value: "1/h:2",
    shows: async (server) => {
      const ann = await member(server, "typist");
      const device = await ann.connect();
      const { _id: conversationId } = await ann.createGroup("Notes");
      for (const event of ["typing_start", "typing_stop"]) await device.sendOk(event, { conversationId });
      const refused = await device.send("typing_start", { conversationId });
      assertRefused(refused, "Too many requests", "rate_limited");
    },
  },
  LIMIT_SEARCH: {
    value: "1/h:2",
    shows: async (server) => {
      const { token } = await member(server, "seeker");
      const search = () => server.request("GET", "/api/search?q=hi", { token });
      assert.deepEqual([(await search()).status, (await search()).status], [200, 200]);
      const refused = await search();
      assert.equal(refused.status, 429);
      assertRefused(refused.body, "Too many requests", "rate_limited");
    },
  },
  LIMIT_SOCKETS_PER_USER: {
    value: "2",
    shows: async (server) => {
      const ann = await member(server, "hoarder");
      const oldest = await ann.connect();
      for (let more = 0; more < 2; more++) await ann.connect();
      assert.deepEqual(await oldest.gets("session_expired"), { reason: "too_many_connections" });
    },
  },
  LIMIT_SOCKET_QUEUE: {
    value: `${FRAMES},64kb`,
    shows: async (server) => {
      const [ann, bob] = await members(server, "herald", "lazybones");
      const lazy = `${server.url}/socket.io/?EIO=4&transport=polling`;
      const { sid } = JSON.parse((await (await fetch(lazy)).text()).slice(1));
      const poll = (options) => fetch(`${lazy}&sid=${sid}`, options);
      await poll({ method: "POST", body: `40${JSON.stringify({ token: bob.token })}` });
      assert.match(await (await poll()).text(), /^40/);
      const device = await ann.connect();
      for (let sent = 0; sent <= FRAMES; sent++)
        await device.sendOk("send_direct_message", { recipientId: bob.id, content: "hi" });
      assert.equal((await poll()).status, 400);
    },
  },
};

/** The people of a server, by name. */
const people = new Map();

/** Somebody with an account; commands make it, since nobody may register here. */
async function member(server, name) {
  if (!people.has(name)) {
    server.command("user", "add", name, `${name}@example.com`);
    const token = server.command("token", name).trim();
    const { body } = await server.request("GET", "/api/users/me", { token });
    people.set(name, new Person(server, { username: name, token, user: body.user }));
  }
  return people.get(name);
}

async function members(server, ...names) {
  const found = [];
  for (const name of names) found.push(await member(server, name));
  return found;
}

const signIn = (server, client, username) =>
  server.request("POST", "/api/auth/login", {
    headers: { "X-Forwarded-For": client },
    body: { username, password: "not the password" },
  });

const changed = Object.entries(SETTINGS).flatMap(([key, { value }]) => (value ? [[key, value]] : []));

suite(
  "Settings",
  (server) => {
    for (const [key, { value, shows }] of Object.entries(SETTINGS)) {
      test(`${key}${value ? `=${value}` : ""} has its effect`, () => shows(server));
    }

    test("there is no other setting", () => {
      const help = server.command("--help");
      const keys = Array.from(help.matchAll(/^ +--[a-z-]+ +([A-Z_]+) /gm), ([, key]) => key);
      assert.deepEqual(Object.keys(SETTINGS).sort(), [...keys, ...NOT_YET].sort());
    });
  },
  Object.fromEntries(changed),
);
