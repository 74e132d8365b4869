import assert from "node:assert/strict";
import { afterEach, it } from "node:test";
import { suite } from "../../e2e/chirrup.js";
import { until } from "../../e2e/time.js";
import { ORIGIN, Person, leave, openPage } from "../browser.js";

const timeout = 30_000;
// One pixel, so that its size tells it from a picture that is missing.
const PICTURE = {
  name: "Kätzchen 李.png",
  mimeType: "image/png",
  buffer: Buffer.from(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
    "base64",
  ),
};

/** In a page: records a second in pieces, so that nothing of the head can be written later; Base64. */
async function record(mimeType) {
  if (!MediaRecorder.isTypeSupported(mimeType)) return null;
  const microphone = await navigator.mediaDevices.getUserMedia({ audio: true });
  const recorder = new MediaRecorder(microphone, { mimeType });
  const pieces = [];
  recorder.ondataavailable = ({ data }) => pieces.push(data);
  const stopped = new Promise((resolve) => (recorder.onstop = resolve));
  recorder.start(200);
  await new Promise((resolve) => setTimeout(resolve, 1200));
  recorder.stop();
  await stopped;
  const bytes = new Uint8Array(await new Blob(pieces).arrayBuffer());
  return btoa(String.fromCharCode(...bytes));
}

/** In a page: plays a sound from a place on; where it ended. */
async function playFrom([url, place]) {
  const sound = new Audio(url);
  sound.currentTime = place;
  const ended = new Promise((resolve, reject) => {
    sound.onended = () => resolve(sound.currentTime);
    sound.onerror = () => reject(new Error(sound.error.message));
  });
  await sound.play();
  return ended;
}

suite(
  "A page of another origin",
  (server) => {
    afterEach(leave);

    /** Two people who have their direct conversation open. */
    async function pair(transports) {
      const [ann, bob] = await Promise.all(
        ["ann", "bob"].map((name) => Person.arrive(server, name, transports)),
      );
      const body = { type: "direct", participants: [bob.id] };
      const { conversation } = await ann.ask("/api/conversations", body);
      await ann.open({ recipientId: bob.id, conversationId: conversation._id });
      await bob.open({ recipientId: ann.id, conversationId: conversation._id });
      return [ann, bob];
    }

    for (const transports of [["websocket"], ["polling"], ["polling", "websocket"]]) {
      it(`talks over ${transports.join(" and then ")}`, { timeout }, async () => {
        const [ann, bob] = await pair(transports);
        await ann.say("Hello!");
        await bob.sees("li", "Hello!");
        await ann.sees("li[data-status=delivered], li[data-status=read]", "Hello!");
        await bob.say("Hello yourself");
        await ann.sees("li", "Hello yourself");
        for (const { page } of [ann, bob]) {
          await page.waitForFunction((name) => window.chat.transport() === name, transports.at(-1));
        }
        await ann.say("still here?");
        await bob.sees("li", "still here?");
        const said = [
          `${ann.username}: Hello!`,
          `${bob.username}: Hello yourself`,
          `${ann.username}: still here?`,
        ];
        assert.deepEqual(await ann.messages(), said);
        assert.deepEqual(await bob.messages(), said);
      });
    }

    it("uploads a picture, and shows it where it comes", { timeout }, async () => {
      const [ann, bob] = await pair();
      await ann.say("look", PICTURE);
      for (const { page } of [ann, bob]) {
        const picture = page.getByAltText(PICTURE.name);
        await picture.waitFor({ state: "attached" });
        await until("the picture", () => picture.evaluate((image) => image.complete));
        assert.equal(await picture.evaluate((image) => image.naturalWidth), 1);
      }
    });

    for (const mimeType of ["audio/webm", "audio/mp4"]) {
      it(`records a voice message as ${mimeType}, and plays it from its middle`, { timeout }, async (t) => {
        const [ann, bob] = await pair();
        const recorded = await ann.page.evaluate(record, mimeType);
        if (!recorded) return t.skip("this browser does not record so");
        const name = `voice.${mimeType.split("/")[1]}`;
        await ann.say("listen", { name, mimeType, buffer: Buffer.from(recorded, "base64") });
        await until("the message", async () => (await bob.got("new_message")).length > 0);
        const [{ message }] = await bob.got("new_message");
        assert.deepEqual([message.messageType, message.file.mimetype], ["audio", mimeType]);
        const { duration } = message.file;
        assert.ok(duration > 0.7 && duration < 3, `${duration} s`);
        const ended = await bob.page.evaluate(playFrom, [server.url + message.file.url, duration / 2]);
        assert.ok(Math.abs(ended - duration) < 0.3, `plays until ${ended} s, not ${duration} s`);
      });
    }

    it("learns what was read", { timeout }, async () => {
      const [ann, bob] = await pair();
      for (const text of ["one", "two", "three"]) await ann.say(text);
      for (const text of ["one", "two", "three"]) await ann.sees("li[data-status=read]", text);
      await bob.say("read");
      await bob.sees("li[data-status=read]", "read");
    });

    it("shows who types", { timeout }, async () => {
      const [ann, bob] = await pair();
      for (const next of ["", "done"]) {
        await ann.types("well...");
        await bob.sees("#typing", `${ann.username} types`);
        await (next ? ann.say(next) : ann.types(next));
        await bob.page.locator("#typing").waitFor({ state: "hidden" });
      }
    });

    it("talks in a group", { timeout }, async () => {
      const people = await Promise.all(["ann", "bob", "carol"].map((name) => Person.arrive(server, name)));
      const [ann, bob, carol] = people;
      const body = { type: "group", name: "Friends", participants: [bob.id, carol.id] };
      const { conversation } = await ann.ask("/api/conversations", body);
      for (const person of people) await person.open({ conversationId: conversation._id, group: true });
      const joined = async () => (await ann.got("user_joined_group")).map(({ userId }) => userId);
      await until("user_joined_group", async () => (await joined()).length === 2);
      assert.deepEqual(await joined(), [bob.id, carol.id]);
      for (const person of people) {
        await person.say(`I am ${person.username}`);
        for (const other of people) await other.sees("li", `: I am ${person.username}`);
      }
      await carol.types("well...");
      for (const other of [ann, bob]) await other.sees("#typing", `${carol.username} types`);
      const said = people.map(({ username }) => `${username}: I am ${username}`);
      for (const person of people) assert.deepEqual(await person.messages(), said);
    });

    it("is not absent while it is loaded again", { timeout }, async () => {
      const [ann, bob] = await pair();
      for (let reload = 0; reload < 3; reload++) {
        await ann.page.reload();
        await ann.sees("#connection", "here");
      }
      await ann.open({ recipientId: bob.id });
      await ann.say("back");
      await bob.sees("li", "back");
      const about = async (event) => (await bob.got(event)).filter(({ userId }) => userId === ann.id);
      assert.deepEqual(await about("user_offline"), []);
      await ann.page.close();
      await until("user_offline", async () => (await about("user_offline")).length === 1, 10_000);
    });

    it("comes back by itself when the server was killed", { timeout }, async () => {
      const [ann, bob] = await pair();
      await ann.say("before");
      await bob.sees("li", "before");
      await server.stop("SIGKILL");
      for (const { page } of [ann, bob]) {
        await page.locator("#connection", { hasNotText: "here" }).waitFor();
      }
      await server.start();
      for (const person of [ann, bob]) await person.sees("#connection", "here");
      await bob.say("after");
      await ann.sees("li", "after");
      const said = [`${ann.username}: before`, `${bob.username}: after`];
      assert.deepEqual(await ann.messages(), said);
      assert.deepEqual(await bob.messages(), said);
    });

    it("reads nothing where it is not allowed to", { timeout }, async () => {
      const stranger = await openPage(server, ["polling"], ORIGIN.replace("localhost", "127.0.0.1"));
      const answer = stranger.evaluate(() => window.chat.ask("/api/users/me"));
      await assert.rejects(answer, /Failed to fetch/);
      const friend = await openPage(server);
      const { code } = await friend.evaluate(() => window.chat.ask("/api/users/me"));
      assert.equal(typeof code, "string");
    });
  },
  { CLIENT_ORIGIN: ORIGIN, PRESENCE_GRACE: "4s" },
);
