import { test, assert } from 'policymta/test';

const joe = { ip: '192.0.2.7', from: 'joe@friend.example', to: 'alice@example.test' };

test('a newcomer is put off until the delay is over', async ({ send, clock }) => {
  const first = await send(joe);
  assert.deferred(first, '450 4.7.1');
  assert.decidedBy(first, 'newcomersWait');
  await clock.advance('4m');
  assert.deferred(await send(joe), 'come back in 60 seconds');
  await clock.advance('1m');
  assert.accepted(await send(joe));
});

test('another machine of the same network goes on where the first one was', async ({ send, clock }) => {
  assert.deferred(await send(joe));
  await clock.advance('5m');
  assert.accepted(await send({ ...joe, ip: '192.0.2.8' }));
  assert.deferred(await send({ ...joe, ip: '198.51.100.8' }));
});

test('a known network waits no longer, whoever writes', async ({ send, clock }) => {
  for (let n = 1; n <= 5; n++) {
    const mail = { ...joe, from: `joe${n}@friend.example` };
    assert.deferred(await send(mail));
    await clock.advance('5m');
    assert.accepted(await send(mail));
  }
  assert.accepted(await send({ ...joe, from: 'new@friend.example' }));
});

test('an unknown recipient is refused at once', async ({ send }) => {
  assert.refused(await send({ ...joe, to: 'nobody@example.test' }), 'User unknown');
});

test('our own people never wait', async ({ send }) => {
  assert.accepted(await send({ ...joe, ip: '127.0.0.1' }));
  assert.accepted(await send({ ...joe, listener: 'submission', user: 'alice@example.test', from: 'alice@example.test', to: 'bob@example.test' }));
});
