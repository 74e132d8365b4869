import assert from "node:assert/strict";
import { suite } from "../../e2e/chirrup.js";
import { Person, test } from "../../e2e/people.js";
import { numbers, until } from "../../e2e/time.js";
import { LeanDevice } from "../lean.js";

const PEOPLE = 30;
const DEVICES_EACH = 10;
const SENDERS = 8;
const MESSAGES = 400;

suite("Bursts into large groups", (server) => {
  let people;
  let devices;

  /** Connects ten devices of each person; each notes what it gets in which room. */
  async function gather() {
    people ??= await Person.registerAll(server, ...Array(PEOPLE).fill("member"));
    devices = await Promise.all(
      people.flatMap((person) => numbers(DEVICES_EACH).map(() => listener(person))),
    );
  }

  async function listener(person) {
    const rooms = new Map();
    const device = await LeanDevice.connect(person, (name, { conversationId, message }) => {
      if (name !== "new_group_message") return;
      if (!rooms.has(conversationId)) rooms.set(conversationId, []);
      rooms.get(conversationId).push(message);
    });
    return { person, device, rooms };
  }

  /** Lets eight people send at once, and waits for nothing but the acks: the messages by room, in the rooms' order. */
  async function burst(rooms) {
    const senders = await Promise.all(people.slice(0, SENDERS).map((person) => person.connect()));
    const acks = await Promise.all(
      numbers(MESSAGES).map((n) =>
        senders[n % SENDERS].sendOk("send_group_message", {
          conversationId: rooms[(n >> 3) % rooms.length]._id,
          content: `message ${n}`,
        }),
      ),
    );
    return new Map(
      rooms.map(({ _id }) => {
        const sent = acks
          .map(({ message }) => message)
          .filter(({ conversationId }) => conversationId === _id);
        return [_id, sent.sort((one, other) => one.seq - other.seq)];
      }),
    );
  }

  /** Waits until every device has everything of the rooms that it is to hear of, and compares it. */
  async function everyDeviceGets(sent, roomsOf) {
    const essence = ({ _id, seq, content }) => ({ _id, seq, content });
    for (const { person, rooms } of devices) {
      const expected = roomsOf(person);
      const complete = () => expected.every((id) => rooms.get(id)?.length >= sent.get(id).length);
      await until("getting every message", complete, 20_000);
      assert.deepEqual([...rooms.keys()].sort(), [...expected].sort());
      for (const id of expected) assert.deepEqual(rooms.get(id).map(essence), sent.get(id).map(essence));
    }
    for (const messages of sent.values())
      assert.deepEqual(
        messages.map(({ seq }) => seq),
        numbers(messages.length),
      );
  }

  const leave = () => Promise.all(devices.map(({ device }) => device.leave()));

  test(
    "every one of 300 devices gets 400 messages of eight senders, in one order",
    { timeout: 60_000 },
    async () => {
      await gather();
      const room = await people[0].createGroup("Everybody", ...people.slice(1));
      const sent = await burst([room]);
      await everyDeviceGets(sent, () => [room._id]);
      await leave();
    },
  );

  test(
    "so it is in four rooms at once, and nobody hears of rooms not theirs",
    { timeout: 60_000 },
    async () => {
      await gather();
      // The senders are in every room, everybody else in two.
      const members = numbers(4).map((n) =>
        people.filter((_, index) => index < SENDERS || index % 4 === n - 1 || (index + 1) % 4 === n - 1),
      );
      const rooms = await Promise.all(
        members.map(([creator, ...others], n) => creator.createGroup(`Room ${n}`, ...others)),
      );
      const sent = await burst(rooms);
      await everyDeviceGets(sent, (person) =>
        rooms.filter((_, n) => members[n].includes(person)).map(({ _id }) => _id),
      );
      await leave();
    },
  );
});
