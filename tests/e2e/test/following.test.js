import assert from "node:assert/strict";
import { Chirrup } from "../chirrup.js";
import { fresh, Follower } from "../follower.js";
import { Person, test } from "../people.js";
import { Random } from "../random.js";
import { numbers } from "../time.js";

const ROUNDS = 40;
const MAX_ROUNDS = 200;
const OPERATIONS_PER_ROUND = 12;
const AT_ONCE = 3;

test(
  "whoever followed the events sees what is stored, whatever happened",
  { timeout: 120_000 },
  async (context) => {
    const server = new Chirrup();
    await server.start();
    const random = new Random();
    context.diagnostic(`seed ${random.seed}`);
    try {
      const people = await Person.registerAll(server, "ann", "bob", "carol", "dave");
      const world = await World.begin(people, random);
      const followers = await Promise.all(
        people.map(async (person) => Follower.begin(person, await person.connect())),
      );
      const agree = async (when) => {
        await Promise.all(followers.map((follower) => follower.settle()));
        for (const follower of followers) {
          assert.deepEqual(follower.state(), await fresh(follower.person), `${when}, seed ${random.seed}`);
        }
      };
      for (let round = 1; round <= ROUNDS || (round <= MAX_ROUNDS && world.missing.length > 0); round++) {
        for (let batch = 0; batch < OPERATIONS_PER_ROUND / AT_ONCE; batch++) {
          await Promise.all(numbers(AT_ONCE).map(() => world.change()));
        }
        await agree(`round ${round}`);
      }
      assert.deepEqual(world.missing, [], `never happened, seed ${random.seed}`);
      const before = await Promise.all(people.map(fresh));
      await server.stop("SIGKILL");
      await server.start();
      assert.deepEqual(await Promise.all(people.map(fresh)), before, `after kill -9, seed ${random.seed}`);
    } finally {
      await server.end();
    }
  },
);

/** People who do whatever can be done, allowed or not, with what there is. */
class World {
  #people;
  #devices;
  #random;
  #rooms = [];
  #messages = [];
  #uploads = new Map();
  #done = new Map();

  static async begin(people, random) {
    const devices = await Promise.all(people.map((person) => person.connect()));
    return new World(people, devices, random);
  }

  constructor(people, devices, random) {
    this.#people = people;
    this.#devices = new Map(people.map((person, index) => [person, devices[index]]));
    this.#random = random;
  }

  /** Does something; refusals are part of it. */
  async change() {
    const name = this.#random.pick(Object.keys(this.#operations));
    const actor = this.#random.pick(this.#people);
    const answer = await this.#operations[name](actor);
    if (answer?.success) this.#done.set(name, (this.#done.get(name) ?? 0) + 1);
  }

  /** What has not happened yet. */
  get missing() {
    return Object.keys(this.#operations).filter((name) => !this.#done.has(name));
  }

  #operations = {
    sendDirect: async (actor) => this.#send(actor, "send_direct_message", { recipientId: this.#person().id }),
    sendGroup: async (actor) => this.#send(actor, "send_group_message", { conversationId: this.#room() }),
    sendFile: async (actor) => {
      const file = await this.#upload(actor);
      return this.#send(actor, "send_group_message", { conversationId: this.#room(), file });
    },
    answer: (actor) =>
      this.#send(actor, "send_group_message", { conversationId: this.#room(), replyTo: this.#message() }),
    react: (actor) =>
      this.#emit(actor, "add_reaction", { messageId: this.#message(), emoji: this.#random.pick(EMOJI) }),
    unreact: (actor) =>
      this.#emit(actor, "remove_reaction", { messageId: this.#message(), emoji: this.#random.pick(EMOJI) }),
    edit: (actor) =>
      this.#emit(actor, "edit_message", { messageId: this.#message(), content: this.#words() }),
    retract: (actor) => this.#emit(actor, "delete_message", { messageId: this.#message() }),
    read: (actor) => this.#emit(actor, "mark_as_read", { messageId: this.#message() }),
    readAll: (actor) => {
      const seq = this.#random.below(30);
      return this.#emit(actor, "mark_conversation_read", { conversationId: this.#room(), seq });
    },
    create: async (actor) => {
      const participants = this.#people.filter(() => this.#random.below(2)).map(({ id }) => id);
      const body = { type: "group", name: this.#word(), participants };
      const answer = await this.#ask(actor, "POST", "/api/conversations", body);
      if (answer.success) this.#rooms.push(answer.conversation._id);
      return answer;
    },
    add: (actor) => {
      const userIds = [this.#person().id, this.#person().id];
      return this.#ask(actor, "POST", `/api/conversations/${this.#room()}/members`, { userIds });
    },
    remove: (actor) => this.#ask(actor, "DELETE", this.#member(this.#person())),
    leave: (actor) => this.#ask(actor, "DELETE", this.#member(actor)),
    role: (actor) => {
      const role = this.#random.pick(["owner", "admin", "member"]);
      return this.#ask(actor, "PATCH", this.#member(this.#person()), { role });
    },
    renameRoom: (actor) =>
      this.#ask(actor, "PATCH", `/api/conversations/${this.#room()}`, { name: this.#word() }),
    delete: (actor) =>
      // Now and then, or there would be nothing to talk in.
      this.#random.below(2) ? null : this.#ask(actor, "DELETE", `/api/conversations/${this.#room()}`),
    mute: (actor) => this.#ask(actor, "PUT", `/api/conversations/${this.#room()}/mute`),
    block: (actor) => this.#ask(actor, "PUT", `/api/users/${this.#person().id}/block`),
    unblock: (actor) => this.#ask(actor, "DELETE", `/api/users/${this.#person().id}/block`),
    rename: (actor) =>
      this.#ask(actor, "PATCH", "/api/users/me", { username: `${this.#word()}-${actor.id.slice(-6)}` }),
    portray: async (actor) => {
      const { url } = await this.#upload(actor);
      return this.#ask(actor, "PATCH", "/api/users/me", { avatar: this.#random.pick([url, null]) });
    },
  };

  async #send(actor, event, payload) {
    const content = this.#words();
    const clientId = this.#random.below(4) ? undefined : `c${this.#random.below(50)}`;
    const answer = await this.#emit(actor, event, { content, clientId, ...payload });
    if (answer.success) {
      this.#messages.push(answer.message._id);
      if (event === "send_direct_message") this.#rooms.push(answer.message.conversationId);
    }
    return answer;
  }

  async #emit(actor, event, payload) {
    const answer = await this.#devices.get(actor).send(event, payload);
    assert.notEqual(answer.code, "internal", event);
    return answer;
  }

  async #ask(actor, method, route, body) {
    const { body: answer } = await actor.server.request(method, route, { token: actor.token, body });
    assert.notEqual(answer.code, "internal", `${method} ${route}`);
    return answer;
  }

  async #upload(actor) {
    if (!this.#uploads.has(actor) || !this.#random.below(3)) {
      this.#uploads.set(actor, (await actor.upload("a.gif", PICTURE)).file);
    }
    return this.#uploads.get(actor);
  }

  #person() {
    return this.#random.pick(this.#people);
  }

  #room() {
    return this.#random.pick(this.#rooms.slice(-12)) ?? "0".repeat(24);
  }

  #message() {
    return this.#random.pick(this.#messages.slice(-40)) ?? "0".repeat(24);
  }

  #member(person) {
    return `/api/conversations/${this.#room()}/members/${person.id}`;
  }

  #word() {
    return this.#random.pick(["Friends", "Team", "Über", "会议", "x y z"]);
  }

  #words() {
    return numbers(1 + this.#random.below(3))
      .map(() =>
        this.#random.pick(["hello", "you", `@${this.#person().username}`, "👋", "https://example.com"]),
      )
      .join(" ");
  }
}

const EMOJI = ["👍", "❤", "🏳️‍🌈"];
const PICTURE = Buffer.from("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7", "base64");
