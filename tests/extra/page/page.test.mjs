// The page at / of a mock's control listener, as people meet it.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { after, before, beforeEach, test } from 'node:test';
import { chromium } from 'playwright-core';

const AXE = await readFile(new URL('node_modules/axe-core/axe.min.js', import.meta.url), 'utf8');
const WIDTHS = [1600, 360];
const SCHEMES = ['light', 'dark'];
const LANGUAGES = ['en', 'ja'];

let mock, world, browser;

before(async () => {
  mock = spawn(process.env.JPKI, ['mock', '--residents', '4', '--time', '2026-07-01T09:00:00+09:00',
    '--states', 'held,expired,superseded,mobile,foreigner,never-issued,revoked-death'], { stdio: ['pipe', 'pipe', 'inherit'] });
  const [line] = await new Promise((resolve) => {
    createInterface({ input: mock.stdout }).once('line', (text) => resolve([text]));
  });
  world = JSON.parse(line);
  browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: ['--no-sandbox'] });
});
after(async () => {
  await browser?.close();
  mock?.stdin.end();
});
beforeEach(async () => {
  await fetch(`${world.control}/mock/reset`, { method: 'POST' });
  await fetch(`${world.control}/mock/requests`, { method: 'DELETE' });
});

// A page that fails the test when its console complains, of a breach of its policy too, or when it asks elsewhere.
async function open(query = '', { width = 1600, height = 1000, ...options } = {}) {
  const context = await browser.newContext({ viewport: { width, height }, ...options });
  // A busy machine is no fault of the page.
  context.setDefaultTimeout(120_000);
  const page = await context.newPage();
  const complaints = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type()) && !/status of (4|5)\d\d/.test(message.text())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.stack));
  page.on('request', (request) => {
    if (!request.url().startsWith(world.control)) complaints.push(`asks ${request.url()}`);
  });
  await page.goto(`${world.control}/${query}`);
  await page.waitForSelector('body[data-ready]');
  return { page, async close() { await context.close(); assert.deepEqual(complaints, []); } };
}

const certificate = (page, name) => page.getByRole('article', { name: new RegExp(`^${name}`) });
const askAbout = async (page, name, answer) => {
  await certificate(page, name).getByRole('button').click();
  await certificate(page, name).locator('.answer').getByText(answer, { exact: true }).waitFor();
};

test('somebody moves house, and the OCSP answer turns', async () => {
  const { page, close } = await open();
  await page.getByRole('heading', { name: world.residents[0].name }).waitFor();
  await askAbout(page, 'Signing', 'good');
  await askAbout(page, 'Authentication', 'good');

  await page.getByRole('button', { name: 'Preview' }).click();
  const outcome = page.locator('#outcome');
  await outcome.getByText('would bring').waitFor();
  assert.match(await outcome.innerText(), /sign-1\/\d+ revoked \(affiliationChanged\) — Act 12/);
  await askAbout(page, 'Signing', 'good');

  await page.getByLabel('Address').fill('東京都清瀬市元町一丁目９番');
  await page.getByRole('button', { name: 'Record', exact: true }).click();
  await outcome.getByText('has brought').waitFor();
  await askAbout(page, 'Signing', 'revoked');
  await askAbout(page, 'Authentication', 'good');
  await page.locator('#items').getByText('元町一丁目９番').waitFor();
  await page.locator('#history').getByText('moved house').waitFor();
  assert.ok(await page.locator('#timeline rect.phase.revoked').count());
  // The page asks for the requests once a second.
  await page.locator('#requests li').nth(4).waitFor();
  assert.equal(await page.locator('#requests li').count(), 5);
  await page.locator('#lanes .last').getByText('revoked').waitFor();
  assert.ok(await page.locator('#lanes g.mark.good').count() >= 3);
  await close();
});

test('the same by keyboard alone, and the screen reader hears it', async () => {
  const { page, close } = await open();
  await page.keyboard.press('Tab');
  assert.equal(await page.evaluate(() => document.activeElement.className), 'skip');
  await page.keyboard.press('Enter');
  const tabTo = async (name) => {
    for (let i = 0; i < 80; i += 1) {
      await page.keyboard.press('Tab');
      const focus = await page.evaluate(() => {
        const { outlineStyle, outlineWidth } = getComputedStyle(document.activeElement);
        return { text: document.activeElement.textContent.trim(), outline: outlineStyle !== 'none' && outlineWidth !== '0px' };
      });
      assert.ok(focus.outline, `the focus on "${focus.text}" can be seen`);
      if (focus.text === name) return;
    }
    assert.fail(`no way to "${name}" by the tabulator`);
  };
  await tabTo('Record');
  await page.keyboard.press('Enter');
  const said = page.getByRole('status').filter({ hasText: 'Recorded: moved house.' });
  await said.waitFor();
  await page.keyboard.press('Shift+Tab');
  await page.locator('.ask').first().focus();
  await page.keyboard.press('Enter');
  await page.getByRole('status').filter({ hasText: /sign-1\/\d+: revoked \(affiliationChanged\)/ }).waitFor();
  await close();
});

test('faults are switched on and off, and the answer is no longer accepted', async () => {
  const { page, close } = await open();
  const fault = page.getByRole('switch', { name: 'bad-signature' });
  await fault.click();
  await page.locator('[role=switch][aria-checked=true]').waitFor();
  await askAbout(page, 'Authentication', 'not accepted');
  await page.locator('.fault.on .fired').getByText('1 answers changed').waitFor();
  await page.locator('#request-list').getByText('bad-signature').first().waitFor();
  await fault.click();
  await askAbout(page, 'Authentication', 'good');
  await page.getByLabel('Applies to').selectOption({ label: `Signing sign-1/${world.residents[0].sign.serial}` });
  await page.getByLabel('Answers', { exact: true }).fill('1');
  await page.getByRole('switch', { name: 'http-503' }).click();
  await askAbout(page, 'Authentication', 'good');
  await askAbout(page, 'Signing', 'not accepted');
  await askAbout(page, 'Signing', 'good');
  await close();
});

test('the clock is moved, frozen and reset', async () => {
  const { page, close } = await open();
  await page.locator('#now').getByText('1 Jul 2026').waitFor();
  await page.getByRole('button', { name: '+31 days' }).click();
  await page.locator('#now').getByText('1 Aug 2026').waitFor();
  await page.getByRole('button', { name: 'Freeze' }).click();
  await page.locator('#mode').getByText('stands').waitFor();
  await page.getByLabel('Moment in Japan time').fill('2027-02-03T04:05:06');
  await page.getByRole('button', { name: 'Go to' }).click();
  await page.locator('#now').getByText('04:05:06').waitFor();
  // What the program refuses is said in its words.
  await page.getByLabel('Moment in Japan time').fill('2020-01-01T01:02:03');
  await page.getByRole('button', { name: 'Go to' }).click();
  await page.locator('.said.alarm').getByText('reset').waitFor();
  await page.getByRole('button', { name: 'Reset' }).click();
  await page.locator('#now').getByText('1 Jul 2026').waitFor();
  await page.locator('#mode').getByText('runs').waitFor();
  await close();
});

test('residents are found and added, scenarios are played', async () => {
  const { page, close } = await open();
  await page.getByLabel('Filter').fill('held');
  await page.locator('#people li').nth(1).waitFor({ state: 'detached' });
  await page.locator('#people button').click();
  await page.locator('#life-state').getByText('held').waitFor();
  await page.getByLabel('Filter').fill('');
  await page.getByRole('button', { name: 'Add', exact: true }).click();
  await page.getByRole('dialog').getByLabel('Name').fill('模擬　新子');
  await page.getByRole('dialog').getByRole('button', { name: 'Add' }).click();
  await page.getByRole('heading', { name: '模擬　新子' }).waitFor();
  await page.getByLabel('Scenario').selectOption('lost-and-found');
  await page.getByRole('button', { name: 'Play' }).click();
  await page.locator('#history').getByText('released').first().waitFor();
  await page.getByRole('button', { name: 'Publish now' }).click();
  await page.locator('.said').getByText('lists published').waitFor();
  assert.ok(await page.locator('#list-rows circle').count() > 4);
  await close();
});

test('what a request carries is text and never markup', async () => {
  await fetch(`${world.verifier}/%3Cimg%20src=x%3E`, { headers: { 'X-Note': '<script>alert(1)</script>' } });
  const { page, close } = await open();
  await page.locator('#request-list summary').first().click();
  await page.locator('#request-list pre').getByText('<script>alert(1)</script>').waitFor();
  assert.equal(await page.locator('#request-list img').count(), 0);
  await close();
});

test('the language follows the browser, and the switch', async () => {
  const { page, close } = await open('', { locale: 'ja-JP' });
  assert.equal(await page.evaluate(() => document.documentElement.lang), 'ja');
  await page.getByRole('heading', { name: '住民', exact: true }).waitFor();
  await askAbout(page, '署名用', '有効');
  await page.getByRole('link', { name: 'English' }).click();
  await page.getByRole('heading', { name: 'Residents' }).waitFor();
  await certificate(page, 'Signing').locator('.answer').getByText('good', { exact: true }).waitFor();
  assert.match(page.url(), /\?lang=en$/);
  await close();
});

test('a mock that has ended is said so', async () => {
  const { page } = await open();
  await page.route('**/mock/**', (route) => route.abort());
  await page.getByRole('alert').getByText('The mock does not answer').waitFor();
  await page.unroute('**/mock/**');
  await page.getByRole('alert').getByText('The mock does not answer').waitFor({ state: 'hidden' });
  await page.context().close();
});

// A life in which something has happened, for the pictures.
async function live(page) {
  const post = (path, body, method = 'POST') => fetch(world.control + path, { method, body: JSON.stringify(body) });
  const [resident] = world.residents;
  await post('/mock/clock', { frozen: true }, 'PUT');
  const ask = async (kind) => post('/mock/ask', { ca: resident[kind].ca, serial: resident[kind].serial });
  for (let i = 0; i < 9; i += 1) { await ask('sign'); await ask('auth'); }
  await post('/mock/clock', { advance: 'P100D' }, 'PUT');
  await post('/mock/events', { event: 'hold', kind: 'auth', resident: resident.id });
  await ask('auth');
  await ask('auth');
  await post('/mock/clock', { advance: 'P20D' }, 'PUT');
  await post('/mock/events', { event: 'release', kind: 'auth', resident: resident.id });
  for (let i = 0; i < 3; i += 1) { await ask('sign'); await ask('auth'); }
  await post('/mock/faults', { fault: 'try-later', count: 2 });
  await ask('sign');
  await ask('auth');
  await post('/mock/events', { event: 'address-change', address: '東京都清瀬市元町一丁目１番', resident: resident.id });
  for (let i = 0; i < 3; i += 1) { await ask('sign'); await ask('auth'); }
  await post('/mock/publish', {});
  await fetch(resident.sign.full_crl);
  for (const button of await page.locator('.ask').all()) await button.click();
  await page.locator('.certificate .answer .chip.revoked').waitFor();
  await post('/mock/faults', { fault: 'slow', milliseconds: 300 });
}

test('nothing hinders anybody, at any width, in either scheme and language', async () => {
  const { page, close } = await open('', { reducedMotion: 'reduce' });
  await live(page);
  const found = [];
  for (const width of WIDTHS)
    for (const scheme of SCHEMES)
      for (const lang of LANGUAGES) {
        const name = `${width}-${scheme}-${lang}`;
        await page.setViewportSize({ width, height: width > 1000 ? 1000 : 780 });
        await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' });
        await page.locator(`.languages a[lang=${lang}]`).click();
        await page.locator(`html[lang=${lang}]`).waitFor();
        // Drawn for this width.
        await page.waitForFunction(() => document.querySelector('#timeline svg')?.clientWidth === document.querySelector('#timeline').clientWidth);
        if (process.env.SCREENSHOTS) await picture(page, name);
        await page.locator('.group').evaluateAll((groups) => groups.forEach((group) => { group.open = true; }));
        await page.locator('#request-list details').first().evaluate((details) => { details.open = true; });
        const { sideways, moving } = await page.evaluate(() => ({
          sideways: document.documentElement.scrollWidth - innerWidth,
          moving: [...document.querySelectorAll('*')].filter((one) => getComputedStyle(one).transitionDuration !== '0s').length,
        }));
        if (sideways > 0) found.push(`${name}: the page is ${sideways} pixels too wide`);
        if (moving > 0) found.push(`${name}: ${moving} elements move`);
        // Not as a script element: the page's policy would refuse it.
        await page.evaluate(AXE);
        const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ['violations'] }));
        for (const one of violations)
          for (const node of one.nodes) found.push(`${name}: ${one.id}: ${node.target}: ${node.any[0]?.message ?? one.help}`);
        await page.locator('.group').evaluateAll((groups) => groups.forEach((group, index) => { group.open = index < 2; }));
        await page.locator('#request-list details').first().evaluate((details) => { details.open = false; });
      }
  assert.deepEqual(found, []);
  await close();
});

// As WebP, which Chromium writes itself.
async function picture(page, name) {
  await page.locator('.said').evaluate((box) => box.classList.remove('shown'));
  await page.evaluate(() => { document.activeElement?.blur(); scrollTo(0, 0); });
  const session = await page.context().newCDPSession(page);
  const { cssContentSize } = await session.send('Page.getLayoutMetrics');
  const { data } = await session.send('Page.captureScreenshot', {
    format: 'webp', quality: 70, captureBeyondViewport: true, clip: { ...cssContentSize, scale: 1 } });
  await mkdir(process.env.SCREENSHOTS, { recursive: true });
  await writeFile(`${process.env.SCREENSHOTS}/mock-page-${name}.webp`, Buffer.from(data, 'base64'));
}
