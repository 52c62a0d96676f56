import { test, assert } from 'policymta/test';

const alice = { listener: 'submission', user: 'alice@example.test', from: 'alice@example.test' };
const people = (count) => Array.from({ length: count }, (_, n) => `someone${n}@elsewhere.example`);

test('a login reaches as many recipients as the limit says', async ({ send, clock }) => {
  assert.accepted(await send({ ...alice, to: people(99) }));
  assert.accepted(await send({ ...alice, to: people(1) }));
  const over = await send({ ...alice, to: people(1) });
  assert.deferred(over, 'limit of 100/h recipients reached');
  assert.decidedBy(over, 'limitPerUser');
  assert.equal(over.queued, []);
  await clock.advance('2h');
  assert.accepted(await send({ ...alice, to: people(100) }));
});

test('what was put off does not count', async ({ send, clock }) => {
  assert.accepted(await send({ ...alice, to: people(60) }));
  for (let n = 0; n < 5; n++) assert.deferred(await send({ ...alice, to: people(60) }));
  assert.accepted(await send({ ...alice, to: people(40) }));
});

test('a message that can never pass is refused', async ({ send }) => {
  assert.refused(await send({ ...alice, to: people(101) }), '550 5.5.3');
});

test('each login counts for itself, and may have its own limit', async ({ send, tables }) => {
  tables.set('rate_limits', { 'bob@example.test': '2/h' });
  const bob = { ...alice, user: 'BOB@example.test', from: 'bob@example.test' };
  assert.accepted(await send({ ...bob, to: people(2) }));
  assert.deferred(await send({ ...bob, to: people(1) }), 'limit of 2/h');
  assert.accepted(await send({ ...alice, to: people(3) }));
});

test('mail from elsewhere has no limit here', async ({ send }) => {
  for (let n = 0; n < 3; n++) assert.accepted(await send({ from: 'joe@friend.example', to: 'alice@example.test' }));
});
