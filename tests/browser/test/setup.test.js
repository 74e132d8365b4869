import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { afterEach, it } from "node:test";
import { suite } from "../../e2e/chirrup.js";
import { leave, openPage } from "../browser.js";

suite("The link of the first start", (server) => {
  afterEach(leave);

  async function register(page, link, username) {
    await page.goto(link);
    await page.getByLabel("Name").fill(username);
    await page.getByLabel("Email").fill(`${username}@example.com`);
    await page.getByLabel("Password").fill("correct horse");
    await page.getByRole("button").click();
  }

  const says = (page, text) => page.getByRole("status").filter({ hasText: text }).waitFor();

  it("makes one admin, and says that it was used", { timeout: 30_000 }, async () => {
    const code = await readFile(path.join(server.dataDir, "setup-code"), "utf8");
    const link = `${server.url}/?setup=${code.trim()}`;
    const page = await openPage(server);
    await register(page, link, "a!b");
    await says(page, /^Invalid username: expected 3 to 32 letters/);
    await register(page, link, "ann");
    await says(page, "ann is the server's admin now");
    await register(page, link, "bob");
    await says(page, /^Invalid setup code: it is wrong, or was used/);
    assert.match(server.command("user", "list"), /ann +admin/);
  });

  it("fits on a phone", { timeout: 30_000 }, async () => {
    const page = await openPage(server);
    for (const width of [390, 1100])
      for (const route of ["/?setup=0123", "/docs"]) {
        await page.setViewportSize({ width, height: 900 });
        await page.goto(server.url + route);
        const hidden = await page.evaluate(() =>
          Array.from(document.querySelectorAll("html, pre")).filter(
            (box) => box.scrollWidth > box.clientWidth,
          ),
        );
        assert.equal(hidden.length, 0, `${route} at ${width} pixels`);
      }
  });
});
