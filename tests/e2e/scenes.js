import assert from "node:assert/strict";
import { upload, PNG } from "./files.js";
import { Person } from "./people.js";
import { assertRefused } from "./shapes.js";
import { sleep } from "./time.js";

/** People of every standing, each with a device that outlives the tests. */
async function company(server, ...names) {
  const people = await Person.registerAll(server, ...names);
  for (const person of people) person.phone = (await person.connect()).stay();
  return Object.fromEntries(names.map((name, index) => [name, people[index]]));
}

/** A direct message that was edited where that is allowed for a moment only, which a busy machine may let pass. */
export async function editedInTime(device, recipient, content) {
  for (let tries = 10; ; tries--) {
    const { message } = await device.sendOk("send_direct_message", {
      recipientId: recipient.id,
      content: "hi",
    });
    const edit = await device.send("edit_message", { messageId: message._id, content });
    if (edit.success) return message;
    assertRefused(edit, "Message too old", "too_old");
    assert.ok(tries > 0, "no edit is in time");
    await sleep(1000);
  }
}

const say = async (person, room) => {
  const { message } = await person.ask("POST", `/api/conversations/${room}/messages`, { content: "hello" });
  return { message: message._id, seq: message.seq };
};

/** People for {@link groupScene}: of `left` and `removed` one went and one was made to go. */
export const groupPeople = (server) =>
  company(server, "owner", "admin", "member", "left", "removed", "stranger", "other", "newcomer");

/**
 * A new group of them, which `other`, a member, has open. Those who are or were in it have said something (`own`), and
 * `notice` is a system message.
 */
export async function groupScene(people) {
  const { owner, admin, member, left, removed, other, newcomer } = people;
  const { _id: room } = await owner.createGroup("Friends", admin, member, left, removed, other);
  const members = `/api/conversations/${room}/members`;
  await owner.ask("PATCH", `${members}/${admin.id}`, { role: "admin" });
  const words = await say(other, room);
  const own = new Map();
  for (const person of [owner, admin, member, left, removed]) own.set(person, await say(person, room));
  await left.ask("DELETE", `${members}/${left.id}`);
  await owner.ask("DELETE", `${members}/${removed.id}`);
  await other.phone.sendOk("join_group", room);
  const notice = (await owner.history(room)).find(({ messageType }) => messageType === "system");
  return { people, room, ...words, own, notice: notice._id, other, newcomer, witness: owner };
}

/** People for {@link directScene}: `blocker` talks with `party` and `blocked`, and has blocked the latter. */
export async function directPeople(server) {
  const people = await company(server, "party", "blocker", "blocked", "stranger", "newcomer");
  const { party, blocker, blocked } = people;
  const rooms = new Map();
  for (const person of [party, blocked]) {
    const payload = { recipientId: blocker.id, content: "hello" };
    rooms.set(person, (await person.phone.sendOk("send_direct_message", payload)).message.conversationId);
    await say(blocker, rooms.get(person));
  }
  // Words to delete, which can't be said later.
  for (let n = 0; n < 3; n++) await say(blocked, rooms.get(blocked));
  await blocker.ask("PUT", `/api/users/${blocked.id}/block`);
  people.rooms = rooms;
  return people;
}

/** The direct conversation of `actor` and the blocker; of the blocker, or a stranger, the one with who is blocked. */
export async function directScene(people, actor) {
  const { blocker, blocked, newcomer, rooms } = people;
  const room = rooms.get(actor) ?? rooms.get(blocked);
  const other = actor === blocker ? blocked : blocker;
  // Who is blocked has said something before.
  const words = other === blocked ? await wordsOf(blocked, room) : await say(blocker, room);
  const isIn = actor === blocker || rooms.has(actor);
  const own = new Map(isIn ? [[actor, await wordsOf(actor, room)]] : []);
  return { people, room, ...words, own, other, newcomer, witness: blocker };
}

async function wordsOf(person, room) {
  const { _id: message, seq } = (await person.history(room)).findLast(
    ({ sender, deletedAt }) => sender._id === person.id && !deletedAt,
  );
  return { message, seq };
}

/** People for {@link ownScene}. */
export async function ownPeople(server) {
  const people = await company(server, "somebody", "other", "blocked");
  await people.other.ask("PUT", `/api/users/${people.blocked.id}/block`);
  const { file } = await upload(people.other, PNG, "cat.png");
  people.upload = file.url.split("/").at(-1);
  return people;
}

/** What is nobody's but one's own; `other` is somebody else, who has blocked one of them. */
export function ownScene(people) {
  const { other, upload } = people;
  return { people, other, upload, newcomer: other, witness: other };
}

/** All that the witness and the actor can see, and how much everybody has heard. */
export async function stateOf({ people, room, witness }, actor) {
  const phones = Object.values(people).flatMap(({ phone }) => phone ?? []);
  await Promise.all(phones.map((phone) => phone.caughtUp()));
  const routes = room
    ? ["", "/members?limit=200", "/messages?limit=200"].map((more) => `/api/conversations/${room}${more}`)
    : [];
  const own = ["/api/users/me", "/api/conversations?limit=200", "/api/users/me/blocks?limit=200"];
  const seen = (person, paths) =>
    Promise.all(paths.map((path) => person.server.request("GET", path, { token: person.token })));
  return {
    heard: phones.map(({ heard }) => heard),
    witness: await seen(witness, [...routes, ...own]),
    actor: actor && (await seen(actor, own)),
  };
}
