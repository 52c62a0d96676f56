import { test, assert } from 'policymta/test';

const alice = { listener: 'submission', user: 'alice@example.test', from: 'alice@example.test', to: 'someone@elsewhere.example' };
const from = (network) => ({ ...alice, ip: `198.51.${network}.7` });
const people = (count, start = 0) => Array.from({ length: count }, (_, n) => `someone${start + n}@elsewhere.example`);

test('a login that is used in too many places is stopped everywhere, for an hour', async ({ send, clock }) => {
  for (let network = 1; network <= 4; network++) assert.accepted(await send(from(network)));
  const fifth = await send(from(5));
  assert.deferred(fifth, 'this account is stopped');
  assert.decidedBy(fifth, 'stopStolenLogins');
  assert.deferred(await send(from(1)));
  await clock.advance('61m');
  assert.accepted(await send(from(1)));
});

test('it is stopped for an hour, also when the places are counted anew sooner', async ({ send, clock }) => {
  await clock.advance('55m');
  for (let network = 1; network <= 5; network++) await send(from(network));
  await clock.advance('50m');
  assert.deferred(await send(from(1)), 'this account is stopped');
  await clock.advance('11m');
  assert.accepted(await send(from(1)));
});

test('many connections from a few places are no sign', async ({ send }) => {
  for (let n = 0; n < 8; n++) assert.accepted(await send(from(1 + (n % 4))));
});

test('a login that writes to too many different people is stopped', async ({ send }) => {
  assert.accepted(await send({ ...alice, to: people(200) }));
  assert.accepted(await send({ ...alice, to: people(200) }));
  assert.deferred(await send({ ...alice, to: people(1, 200) }), 'this account is stopped');
});

test('it stops nobody else', async ({ send }) => {
  for (let network = 1; network <= 5; network++) await send(from(network));
  assert.deferred(await send(from(1)));
  assert.accepted(await send({ ...alice, user: 'bob@example.test', from: 'bob@example.test' }));
  assert.accepted(await send({ from: 'joe@friend.example', to: 'alice@example.test' }));
});
