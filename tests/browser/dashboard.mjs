// What people do with the dashboard, in both languages, and what nobody may find there.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { chromium } from "playwright-core";
import { Demo } from "./demo.mjs";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

const begun = Date.now();

const [binary, ...options] = process.argv.slice(2);
const screenshots = options[0] === "--screenshots" ? path.resolve(options[1]) : null;

const browser = await chromium.launch({
  executablePath: "/usr/bin/chromium",
  args: [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
  ],
});

// A browser of its own for somebody; whatever it complains of fails the test.
async function person(demo, { locale, colorScheme = "light", viewport = { width: 1280, height: 900 } }) {
  // The policy of our pages forbids scripts, axe's too.
  const context = await browser.newContext({ locale, colorScheme, viewport, bypassCSP: true });
  const page = await context.newPage();
  page.complaints = [];
  page.on("pageerror", (error) => page.complaints.push(`script: ${error}`));
  page.on("dialog", (dialog) => {
    page.complaints.push(`dialog: ${dialog.message()}`);
    dialog.dismiss();
  });
  page.on("request", (request) => {
    if (!request.url().startsWith(demo.web)) page.complaints.push(`asked ${request.url()}`);
  });
  page.on("response", (response) => {
    if (response.status() >= 500) page.complaints.push(`${response.status()} for ${response.url()}`);
  });
  return page;
}

async function login(demo, page, name) {
  const { password } = demo.login(name);
  await page.goto(`${demo.web}/login`);
  await page.fill("input[name=name]", name);
  await page.fill("input[name=password]", password);
  // By keyboard, as the form is to work.
  await page.keyboard.press("Enter");
  await page.waitForURL((url) => url.pathname === "/");
}

async function logout(page) {
  await Promise.all([page.waitForURL(/\/login/), page.click("form[action='/logout'] button")]);
}

// Every page that links lead to, one of each kind: `look` is asked at each. Gives how many there were.
async function places(demo, page, look) {
  const found = new Map();
  const todo = ["/"];
  const kind = (url) => url.pathname.replace(/\/[0-9a-f][0-9a-f.-]*$/i, "/{id}");
  while (todo.length > 0) {
    const place = todo.shift();
    const answer = await page.goto(demo.web + place);
    assert.equal(answer.status(), 200, place);
    const here = new URL(page.url());
    if (found.has(kind(here))) continue;
    found.set(kind(here), place);
    await look(place);
    const links = await page.$$eval("a[href]", (all) => all.map((a) => a.href));
    for (const link of links) {
      const url = new URL(link);
      if (url.origin !== new URL(demo.web).origin || url.pathname.startsWith("/assets/")) continue;
      if (!found.has(kind(url))) todo.push(url.pathname + url.search);
    }
  }
  return found.size;
}

async function accessible(page, what) {
  if (process.env.RESTANTE_VERBOSE) console.log(`   ${((Date.now() - begun) / 1000).toFixed(1)} s ${what}`);
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() =>
    axe.run(document, { resultTypes: ["violations"], runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] }),
  );
  const told = violations.map((v) => `${v.id}: ${v.help}\n    ${v.nodes.map((n) => n.html + " " + (n.any[0]?.message ?? "")).join("\n    ")}`);
  assert.deepEqual(told, [], `axe on ${what}`);
}

// What goes wrong on a page is one thing for everybody.
function content(page, what) {
  assert.deepEqual(page.complaints, [], what);
}

const HOSTILE = [
  "EHLO <script>alert(1)</script>",
  "EHLO xn--<img src=x onerror=alert(2)>.example",
  'MAIL FROM:<"<script>alert(3)</script>"@\"><svg onload=alert(4)>.example>',
  "EHLO onload.alert-5.example",
  "MAIL FROM:<\"'><script>alert(6)</script>\"@script-alert.example>",
  "RCPT TO:<\"<b>bold</b>\"@javascript-alert.army.ml>",
  "DATA",
  'Subject: <script>alert(7)</script>\r\nFrom: "<img src=x onerror=alert(8)>" <a@b.example>\r\nContent-Type: text/html; name="<script>alert(9)</script>"\r\n\r\n<script>alert(10)</script>\r\n.',
];

const ROLES = ["reviewer", "approver", "auditor", "admin"];

// The demonstration has two accounts; the others are added as an operator adds them.
function addAccounts(demo) {
  const folder = path.dirname(demo.find(/^notices (.+)$/)[1]);
  const config = path.join(folder, "registry", "restante.toml");
  for (const role of ["auditor", "admin"]) {
    const password = randomBytes(12).toString("base64");
    const done = spawnSync(binary, ["user", "add", role, "--role", role, "--config", config], { input: `${password}\n` });
    assert.equal(done.status, 0, String(done.stderr));
    demo.logins.push({ name: role, password });
  }
}

// Every page for every role, in one language and one theme.
async function story(demo, locale, colours) {
  const page = await person(demo, { locale, colorScheme: colours });
  const language = locale.slice(0, 2);

  // Without a login there is nothing but the login.
  await page.goto(`${demo.web}/cases`);
  assert.equal(new URL(page.url()).pathname, "/login");
  assert.equal(await page.getAttribute("html", "lang"), language);
  await accessible(page, "the login");
  await page.fill("input[name=name]", "reviewer");
  await page.fill("input[name=password]", "not the password");
  await page.keyboard.press("Enter");
  await page.waitForSelector(".error-summary");
  await accessible(page, "a refused login");

  for (const role of ROLES) {
    await login(demo, page, role);
    const pages = await places(demo, page, async (place) => {
      assert.equal(await page.getAttribute("html", "lang"), language, place);
      for (const details of await page.$$("details:not([open]) > summary")) await details.click();
      await accessible(page, `${place} for ${role}`);
      content(page, place);
    });
    // What is not there, and what is not for everybody.
    for (const [place, status] of [["/cases/999999", 404], [role === "admin" ? "/nowhere" : "/organisations/new", role === "admin" ? 404 : 403]]) {
      const answer = await page.goto(demo.web + place);
      assert.equal(answer.status(), status, `${place} for ${role}`);
      await accessible(page, `${place} for ${role}`);
    }
    console.log(`   ${language}, ${colours}, ${role}: ${pages} pages`);
    await page.goto(`${demo.web}/`);
    await logout(page);
  }
  await page.context().close();
}

// Corrects a case, drafts, is refused its own approval; the other approves; the notice arrives.
async function notice(demo, locale) {
  const language = locale.slice(0, 2);
  const page = await person(demo, { locale });
  await login(demo, page, "approver");
  await page.goto(`${demo.web}/cases`);
  const cases = await page.$$eval("table.data a[href^='/cases/']", (all) => all.map((a) => new URL(a.href).pathname));
  const wanted = [];
  for (const link of new Set(cases)) {
    if (/\/cases\/\d+$/.test(link)) wanted.push(link);
  }
  let drafted = null;
  for (const link of wanted) {
    await page.goto(demo.web + link);
    const draft = await page.$(`form[action$='/draft'] button`);
    if (!draft) continue;
    await Promise.all([page.waitForURL(/\/notices\/\d+/), draft.click()]);
    drafted = new URL(page.url()).pathname;
    break;
  }
  assert.ok(drafted, "a case with something to tell");
  await accessible(page, "a draft");
  const preview = await page.$("iframe");
  assert.ok(preview, "the HTML part is shown");
  assert.ok((await (await preview.contentFrame()).innerText("body")).length > 200);

  // An approver who drafted it: the button is not there, and the request is refused.
  assert.equal(await page.$("form[action$='/approve']"), null, "no button for one's own draft");
  const token = await page.getAttribute("input[name=token]", "value");
  const refused = await page.request.post(`${demo.web}${drafted}/approve`, { form: { token }, maxRedirects: 0 });
  assert.equal(refused.status(), 409, "one's own approval");
  await logout(page);

  // The reviewer may not approve at all.
  await login(demo, page, "reviewer");
  await page.goto(demo.web + drafted);
  assert.equal(await page.$("form[action$='/approve']"), null, "no button for a reviewer");
  const theirs = await page.getAttribute("input[name=token]", "value");
  const forbidden = await page.request.post(`${demo.web}${drafted}/approve`, { form: { token: theirs }, maxRedirects: 0 });
  assert.equal(forbidden.status(), 403, "a reviewer's approval");
  await logout(page);

  // Withdrawn by its drafter; drafted by the reviewer; approved by the approver.
  await login(demo, page, "approver");
  await page.goto(demo.web + drafted);
  await Promise.all([page.waitForURL(/done=/), page.click("form[action$='/withdraw'] button")]);
  await logout(page);

  await login(demo, page, "reviewer");
  const about = await (async () => {
    await page.goto(demo.web + drafted);
    return page.getAttribute("main a[href^='/cases/']", "href");
  })();
  await page.goto(demo.web + about);
  await Promise.all([page.waitForURL(/\/notices\/\d+/), page.click("form[action$='/draft'] button")]);
  const second = new URL(page.url()).pathname;
  await logout(page);

  await login(demo, page, "approver");
  await page.goto(demo.web + second);
  const text = await page.innerText("main");
  const ticket = /PR-\d{4}-\d{4,}/.exec(text)[0];
  await accessible(page, "a draft to approve");
  const arrived = demo.line(/^notice (\S+\.eml)$/, demo.lines.length);
  await Promise.all([page.waitForURL(/done=/), page.click("form[action$='/approve'] button")]);
  await accessible(page, "an approved notice");
  const [, file] = await arrived;
  const mail = readFileSync(file, "utf8");
  console.log(`   ${language}: ${ticket} arrived`);
  assert.match(mail, /^Auto-Submitted: auto-generated\r?$/m);
  assert.ok(mail.includes(ticket));
  // It says that it was sent, without anybody pressing reload for long.
  for (let tries = 0; ; tries += 1) {
    await page.goto(demo.web + second);
    if (await page.$(".tag-sent")) break;
    assert.ok(tries < 100, "the page says that it was sent");
    await page.waitForTimeout(100);
  }
  content(page, "the way of a notice");
  await page.context().close();
}

// In one step: what a typed name of nobody's was meant for.
async function correction(demo, locale) {
  const page = await person(demo, { locale });
  await login(demo, page, "reviewer");
  await page.goto(`${demo.web}/cases/unassigned`);
  const first = await page.getAttribute("table.data a[href^='/cases/']", "href");
  await page.goto(demo.web + first);
  await page.fill("form[action$='/correct'] input[name=intended]", `corrected-${locale.slice(0, 2)}.mil`);
  await Promise.all([page.waitForURL(/done=/), page.click("form[action$='/correct']:has(input[name=intended]) button")]);
  await accessible(page, "after a correction");
  await page.goto(`${demo.web}/cases?search=corrected-${locale.slice(0, 2)}`);
  assert.ok(await page.$(`table.data a[href^='/cases/']`), "the mail has moved to the case of the corrected domain");
  await page.goto(`${demo.web}/rules`);
  assert.match(await page.innerText("main"), new RegExp(`corrected-${locale.slice(0, 2)}\\.mil`));
  content(page, "a correction");
  await page.context().close();
}

// By keyboard alone: a field left out is said in the reader's language, a decision is made, seen and taken back.
async function policies(demo, locale) {
  const language = locale.slice(0, 2);
  const page = await person(demo, { locale });
  await login(demo, page, "admin");
  await page.goto(`${demo.web}/policies`);
  await page.focus("#name");
  await page.keyboard.type("*.army.ml");
  await page.keyboard.press("Enter");
  await page.waitForSelector(".error-summary");
  await accessible(page, "a refused decision");
  const said = await page.innerText(".error-summary");
  assert.ok(said.includes(language === "fr" ? "sans *" : "without *"), said);
  const name = `browser-${language}.ml`;
  await page.fill("#name", name);
  await page.focus("#policy-count");
  await page.keyboard.press("Space");
  await page.focus("#until");
  await Promise.all([page.waitForURL(/done=/), page.keyboard.press("Enter")]);
  await accessible(page, "after a decision");
  const row = page.locator("table.data tr", { hasText: name });
  assert.equal(await row.count(), 1, "the entry is listed");
  assert.ok((await row.innerText()).includes("admin"), "and who decided it");
  await Promise.all([page.waitForURL(/done=policy-revoked/), row.locator("button").press("Enter")]);
  assert.equal(await page.locator("table.data tr", { hasText: name }).count(), 0, "taken back");
  await page.goto(`${demo.web}/operator`);
  await accessible(page, "the registry's own mail");
  content(page, "policies");
  await page.context().close();
}

const demo = await Demo.start(binary, "C.UTF-8");
let failed = false;
try {
  if (screenshots) {
    mkdirSync(screenshots, { recursive: true });
    const page = await person(demo, { locale: "en-GB", viewport: { width: 1200, height: 1100 } });
    await login(demo, page, "reviewer");
    await page.screenshot({ path: path.join(screenshots, "dashboard.png") });
    await page.context().close();
  } else {
    const said = await demo.say(HOSTILE);
    console.log(`   hostile strings: ${said.map((line) => line.slice(0, 3)).join(" ")}`);
    addAccounts(demo);
    for (const locale of ["en-GB", "fr-FR"]) {
      await correction(demo, locale);
      await notice(demo, locale);
      await policies(demo, locale);
      for (const colours of ["light", "dark"]) await story(demo, locale, colours);
    }
  }
} catch (error) {
  failed = true;
  console.error(error);
} finally {
  await browser.close();
  const code = await demo.stop();
  if (code !== 0) {
    failed = true;
    console.error(`the demo ended with ${code}:\n${demo.errors}`);
  }
}
process.exit(failed ? 1 : 0);
