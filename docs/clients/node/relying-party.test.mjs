// Who gets in while residents' lives go on: node --test docs/clients/node

import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import https from 'node:https';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { Mock } from './mock.mjs';
import { Site } from './relying-party.mjs';

let mock, ca, resident, identity, site, port;

before(async () => {
  mock = await Mock.start('--residents', '1');
  ca = mock.world.ca.auth;
  [resident] = mock.world.residents;
  // Any key will do for the site: the client below does not look at it.
  identity = { key: await readFile(ca.key), cert: new X509Certificate(await readFile(ca.cer)).toString() };
});
after(() => mock.end());
beforeEach(async () => {
  site = new Site({ ca: await readFile(ca.cer), list: ca.full_crl, identity });
  port = await site.open();
});
afterEach(async () => {
  site.close();
  await mock.reset();
});

// What the site says to the holder of a certificate.
async function enter(kind = 'auth') {
  const cert = new X509Certificate(await readFile(resident[kind].cer)).toString();
  const key = await readFile(resident[kind].key);
  return new Promise((resolve) => {
    https.get({ port, cert, key, rejectUnauthorized: false, agent: false }, (response) => {
      response.setEncoding('utf8').on('data', resolve);
    }).on('error', (error) => resolve(error.code));
  });
}

test('a good certificate gets in, and one for signatures does not', async () => {
  assert.equal(await enter(), 'welcome');
  assert.notEqual(await enter('sign'), 'welcome');
});

test('a lost card does not get in once the list says so, and does when it is found', async () => {
  await mock.event('hold', resident, { kind: 'auth' });
  await mock.publish();
  await site.refresh();
  assert.notEqual(await enter(), 'welcome');
  await mock.event('release', resident, { kind: 'auth' });
  await mock.publish();
  await site.refresh();
  assert.equal(await enter(), 'welcome');
});

test('a list that cannot be had leaves the one before in use', async () => {
  await mock.fault('http-503', { path: '/crl/' });
  await assert.rejects(site.refresh(), /HTTP 503/);
  assert.equal(await enter(), 'welcome');
});

for (const fault of ['crl-bad-signature', 'crl-stale', 'crl-other-ca'])
  test(`nobody gets in by a list that cannot be trusted: ${fault}`, async () => {
    await mock.fault(fault);
    await site.refresh();
    assert.notEqual(await enter(), 'welcome');
  });

test('a list of next month is none for today', async () => {
  await mock.clock({ advance: 'P31D' });
  await site.refresh();
  assert.notEqual(await enter(), 'welcome');
});
