import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { suite } from "../chirrup.js";
import { Person, test } from "../people.js";
import { Raw } from "../raw.js";
import { ask, payloads, requests } from "../requests.js";
import {
  directPeople,
  directScene,
  groupPeople,
  groupScene,
  ownPeople,
  ownScene,
  stateOf,
} from "../scenes.js";
import { assertCode } from "../shapes.js";

/**
 * What everybody may do: a row for each event and route, a column for each standing. `ok` is done, `idle` is answered the
 * same and does nothing, anything else is the code that it is refused with. What is refused changes nothing and tells nobody.
 *
 * Who has no token is refused everything but what is {@link PUBLIC}.
 */
const IN_GROUPS = `
                                                 | owner | admin       | member      | left              | removed           | stranger
send_group_message                               | ok    | ok          | ok          | not_a_member      | not_a_member      | not_a_member
edit_message                                     | not_allowed | not_allowed | not_allowed | message_not_found | message_not_found | message_not_found
 ... of one's own                                | ok    | ok          | ok          | message_not_found | message_not_found | message_not_found
 ... that is the group's                         | not_allowed | not_allowed | not_allowed | message_not_found | message_not_found | message_not_found
delete_message                                   | ok    | ok          | not_allowed | message_not_found | message_not_found | message_not_found
 ... of one's own                                | ok    | ok          | ok          | message_not_found | message_not_found | message_not_found
 ... that is the group's                         | not_allowed | not_allowed | not_allowed | message_not_found | message_not_found | message_not_found
add_reaction                                     | ok    | ok          | ok          | message_not_found | message_not_found | message_not_found
 ... that is the group's                         | not_allowed | not_allowed | not_allowed | message_not_found | message_not_found | message_not_found
remove_reaction                                  | idle  | idle        | idle        | message_not_found | message_not_found | message_not_found
 ... that is the group's                         | not_allowed | not_allowed | not_allowed | message_not_found | message_not_found | message_not_found
mark_as_read                                     | ok    | ok          | ok          | message_not_found | message_not_found | message_not_found
mark_conversation_read                           | ok    | ok          | ok          | not_a_member      | not_a_member      | not_a_member
join_group                                       | ok    | ok          | ok          | not_a_member      | not_a_member      | not_a_member
leave_group                                      | ok    | ok          | ok          | idle              | idle              | idle
typing_start                                     | ok    | ok          | ok          | not_a_member      | not_a_member      | not_a_member
typing_stop                                      | idle  | idle        | idle        | not_a_member      | not_a_member      | not_a_member
GET /api/conversations/{id}                      | ok    | ok          | ok          | not_a_member      | not_a_member      | not_a_member
PATCH /api/conversations/{id}                    | ok    | ok          | not_allowed | not_a_member      | not_a_member      | not_a_member
DELETE /api/conversations/{id}                   | ok    | not_allowed | not_allowed | not_a_member      | not_a_member      | not_a_member
PUT /api/conversations/{id}/mute                 | ok    | ok          | ok          | not_a_member      | not_a_member      | not_a_member
DELETE /api/conversations/{id}/mute              | ok    | ok          | ok          | not_a_member      | not_a_member      | not_a_member
GET /api/conversations/{id}/members              | ok    | ok          | ok          | not_a_member      | not_a_member      | not_a_member
POST /api/conversations/{id}/members             | ok    | ok          | not_allowed | not_a_member      | not_a_member      | not_a_member
PATCH /api/conversations/{id}/members/{user}     | ok    | not_allowed | not_allowed | not_a_member      | not_a_member      | not_a_member
 ... of the owner                                | not_allowed | not_allowed | not_allowed | not_a_member | not_a_member | not_a_member
 ... of oneself                                  | not_allowed | not_allowed | not_allowed | not_a_member | not_a_member | not_a_member
DELETE /api/conversations/{id}/members/{user}    | ok    | ok          | not_allowed | not_a_member      | not_a_member      | not_a_member
 ... of the owner                                | ok    | not_allowed | not_allowed | not_a_member      | not_a_member      | not_a_member
 ... of an admin                                 | ok    | ok          | not_allowed | not_a_member      | not_a_member      | not_a_member
 ... of oneself                                  | ok    | ok          | ok          | not_a_member      | not_a_member      | not_a_member
GET /api/conversations/{id}/messages             | ok    | ok          | ok          | not_a_member      | not_a_member      | not_a_member
POST /api/conversations/{id}/messages            | ok    | ok          | ok          | not_a_member      | not_a_member      | not_a_member
GET /api/messages/{id}                           | ok    | ok          | ok          | message_not_found | message_not_found | message_not_found
GET /api/messages/{id}/readers                   | ok    | ok          | ok          | message_not_found | message_not_found | message_not_found
GET /api/search                                  | ok    | ok          | ok          | not_a_member      | not_a_member      | not_a_member
`;

/** In a direct conversation: of somebody who may, of who has blocked the other one, of who is blocked, and of strangers. */
const IN_DIRECT_CONVERSATIONS = `
                                                 | party        | blocker      | blocked      | stranger
send_direct_message                              | ok           | ok           | blocked      | ok
send_group_message                               | ok           | ok           | blocked      | not_a_member
edit_message                                     | not_allowed  | not_allowed  | not_allowed  | message_not_found
 ... of one's own                                | ok           | ok           | blocked      | message_not_found
delete_message                                   | not_allowed  | not_allowed  | not_allowed  | message_not_found
 ... of one's own                                | ok           | ok           | ok           | message_not_found
add_reaction                                     | ok           | ok           | blocked      | message_not_found
remove_reaction                                  | idle         | idle         | idle         | message_not_found
mark_as_read                                     | ok           | ok           | ok           | message_not_found
mark_conversation_read                           | ok           | ok           | ok           | not_a_member
join_group                                       | not_a_member | not_a_member | not_a_member | not_a_member
leave_group                                      | idle         | idle         | idle         | idle
typing_start                                     | ok           | ok           | ok           | not_a_member
typing_stop                                      | idle         | idle         | idle         | not_a_member
GET /api/conversations/{id}                      | ok           | ok           | ok           | not_a_member
PATCH /api/conversations/{id}                    | not_a_group  | not_a_group  | not_a_group  | not_a_member
DELETE /api/conversations/{id}                   | not_a_group  | not_a_group  | not_a_group  | not_a_member
PUT /api/conversations/{id}/mute                 | ok           | ok           | ok           | not_a_member
DELETE /api/conversations/{id}/mute              | ok           | ok           | ok           | not_a_member
GET /api/conversations/{id}/members              | ok           | ok           | ok           | not_a_member
POST /api/conversations/{id}/members             | not_a_group  | not_a_group  | not_a_group  | not_a_member
PATCH /api/conversations/{id}/members/{user}     | not_a_group  | not_a_group  | not_a_group  | not_a_member
DELETE /api/conversations/{id}/members/{user}    | not_a_group  | not_a_group  | not_a_group  | not_a_member
GET /api/conversations/{id}/messages             | ok           | ok           | ok           | not_a_member
POST /api/conversations/{id}/messages            | ok           | ok           | blocked      | not_a_member
GET /api/messages/{id}                           | ok           | ok           | ok           | message_not_found
GET /api/messages/{id}/readers                   | ok           | ok           | ok           | message_not_found
GET /api/search                                  | ok           | ok           | ok           | not_a_member
`;

/** What is not about a conversation, asked by somebody, and by who is blocked by the one whom it is about. */
const OF_ONES_OWN = `
                                                 | somebody | blocked
refresh_token                                    | ok       | ok
POST /api/auth/refresh                           | ok       | ok
POST /api/auth/password                          | ok       | ok
POST /api/auth/logout_all                        | ok       | ok
GET /api/users/me                                | ok       | ok
PATCH /api/users/me                              | ok       | ok
GET /api/users                                   | ok       | ok
GET /api/users/{id}                              | ok       | ok
GET /api/users/me/blocks                         | ok       | ok
PUT /api/users/{id}/block                        | ok       | ok
DELETE /api/users/{id}/block                     | ok       | ok
GET /api/conversations                           | ok       | ok
POST /api/conversations                          | ok       | ok
POST /api/upload                                 | ok       | ok
`;

/** For everybody, without a token. */
const PUBLIC = [
  "POST /api/auth/register",
  "POST /api/auth/login",
  "GET /uploads/{name}",
  "GET /healthz",
  "GET /readyz",
  "GET /api/openapi.json",
  "GET /api/asyncapi.json",
  "GET /docs",
  "GET /docs/style.css",
  "GET /setup.js",
  "GET /",
];

/** What the rows that go on with `...` are about. */
const TARGETS = {
  "of the owner": ({ people }) => ({ other: people.owner }),
  "of an admin": ({ people }) => ({ other: people.admin }),
  "of oneself": ({ actor }) => ({ other: actor }),
  "of one's own": ({ actor, own }) => own.get(actor) ?? {},
  "that is the group's": ({ notice }) => ({ message: notice }),
};

/** What somebody new does, since nobody could go on after it. */
const ENDS_TOKENS = ["POST /api/auth/password", "POST /api/auth/logout_all"];

/** What leaves a scene in which another row can't be played. */
const SPENDS = [
  "delete_message",
  "DELETE /api/conversations/{id}",
  "POST /api/conversations/{id}/members",
  "PATCH /api/conversations/{id}/members/{user}",
  "DELETE /api/conversations/{id}/members/{user}",
];

const settings = { LIMIT_TYPING: "off", PRESENCE: "contacts", PRESENCE_GRACE: "1m" };

/** The rows of a table: what is done, and what comes of it for each column. */
function rowsOf(table) {
  const [head, ...lines] = table.split("\n").filter((line) => line.trim() !== "");
  const cells = (line) => line.split("|").map((cell) => cell.trim());
  const columns = cells(head).slice(1);
  let what = "";
  return lines.map((line) => {
    const [name, ...outcomes] = cells(line);
    const target = name.startsWith("... ") ? name.slice(4) : "";
    if (!target) what = name;
    return { what, target, outcomes: outcomes.map((outcome, index) => [columns[index], outcome]) };
  });
}

suite(
  "Who may do what",
  (server) => {
    async function act(what, scene) {
      const request = (payloads[what] ?? requests[what])(scene);
      if (what in payloads) return { body: await scene.actor.phone.send(what, request) };
      return ask(server, what, request, scene.actor.token);
    }

    /** Nobody who comes without a token does anything. */
    async function refuseWithoutToken(what, scene) {
      const state = await stateOf(scene);
      if (what in requests) {
        const { status, body } = await ask(server, what, requests[what](scene));
        assertCode("no_token", body, status);
      } else {
        const raw = await Raw.open(server);
        raw.say("40");
        const answered = raw.emit(what, JSON.stringify(payloads[what](scene))).catch(() => "nothing");
        assert.equal(JSON.parse((await raw.gets("44")).slice(2)).message, "No token provided");
        raw.close();
        assert.equal(await answered, "nothing");
      }
      assert.deepEqual(await stateOf(scene), state);
    }

    function declare(name, table, { people: gather, scene: build }) {
      describe(name, () => {
        let people = null;
        const scenes = new Map();
        before(async () => (people = await gather(server)));

        /** A scene for this actor; the one that is there, as long as nobody has spent it. */
        async function sceneFor(who, what) {
          const key = build === groupScene ? "group" : who;
          if (!scenes.has(key)) scenes.set(key, await build(people, people[who]));
          const actor = ENDS_TOKENS.includes(what) ? await Person.register(server, "leaver") : people[who];
          return { ...scenes.get(key), actor };
        }

        for (const { what, target, outcomes } of rowsOf(table)) {
          for (const [who, outcome] of outcomes) {
            test(`${what}${target && ` ${target}`}: ${who}: ${outcome}`, async () => {
              const scene = await sceneFor(who, what);
              const { actor } = scene;
              if (target) Object.assign(scene, TARGETS[target](scene));
              const state = outcome === "ok" ? null : await stateOf(scene, actor);
              const { body, status } = await act(what, scene);
              if (outcome !== "ok" && outcome !== "idle") assertCode(outcome, body, status);
              else assert.equal(body.success, true, JSON.stringify(body));
              if (state) assert.deepEqual(await stateOf(scene, actor), state);
              else if (SPENDS.includes(what)) scenes.clear();
              // So that nothing is told later, in the midst of another row.
              if (what === "typing_start") await actor.phone.send("typing_stop", payloads[what](scene));
            });
          }
          if (target) continue;
          test(`${what}: nobody`, async () => {
            const [who] = Object.keys(people);
            await refuseWithoutToken(what, await sceneFor(who, what));
          });
        }
      });
    }

    it("every event and route that is documented has a row, and no other", () => {
      const rows = [IN_GROUPS, IN_DIRECT_CONVERSATIONS, OF_ONES_OWN].flatMap(rowsOf).map(({ what }) => what);
      const { eventsFromClients, routes } = server.documents;
      const documented = [...eventsFromClients, ...routes.keys()].sort();
      assert.deepEqual([...new Set([...rows, ...PUBLIC])].sort(), documented);
      assert.deepEqual([...Object.keys(payloads), ...Object.keys(requests)].sort(), documented);
      const open = [...routes].filter(([, { security }]) => !security).map(([route]) => route);
      assert.deepEqual(PUBLIC.toSorted(), open.sort());
    });

    declare("in groups", IN_GROUPS, { people: groupPeople, scene: groupScene });
    declare("in direct conversations", IN_DIRECT_CONVERSATIONS, { people: directPeople, scene: directScene });
    declare("of one's own", OF_ONES_OWN, { people: ownPeople, scene: ownScene });

    test("what is public needs no token", async () => {
      const people = await ownPeople(server);
      for (const route of PUBLIC) {
        const request = requests[route]({ ...ownScene(people), actor: people.somebody });
        const { status } = await ask(server, route, request);
        assert.ok([200, 201].includes(status), `${route}: ${status}`);
      }
    });
  },
  settings,
);
