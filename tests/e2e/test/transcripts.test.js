import assert from "node:assert/strict";
import { readFile, readdir } from "node:fs/promises";
import path from "node:path";
import { suite } from "../chirrup.js";
import { test } from "../people.js";

/** The names of the events that the lines of all transcripts send or get. */
async function played(does) {
  const files = await readdir(import.meta.dirname);
  const texts = await Promise.all(
    files.map((file) => readFile(path.join(import.meta.dirname, file), "utf8")),
  );
  const lines = texts.join("\n").matchAll(new RegExp(`^\\s*\\w+\\s+${does}\\s+(\\w+)( .*)?$`, "gm"));
  return new Set(Array.from(lines, ([, name]) => name));
}

suite("Transcripts", (server) => {
  test("every event that is documented is sent or got in one", async () => {
    const { eventsFromClients, eventsFromServer } = server.documents;
    const missing = async (names, does) => {
      const there = await played(does);
      return names.filter((name) => !there.has(name));
    };
    assert.deepEqual(
      [await missing(eventsFromClients, "sends"), await missing(eventsFromServer, "gets")],
      [[], []],
    );
  });
});
