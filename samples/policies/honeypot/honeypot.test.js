import { test, assert } from 'policymta/test';

const spammer = { ip: '192.0.2.66', from: 'joe@friend.example' };
const trap = { ...spammer, to: 'info2@example.test' };

test('the honeypot looks like any address that does not exist', async ({ send }) => {
  const [pot, nobody] = [await send(trap), await send({ ...spammer, ip: '192.0.2.67', to: 'nobody@example.test' })];
  assert.decidedBy(pot, 'honeypot');
  assert.equal(pot.reply.text.replace('info2', 'nobody'), nobody.reply.text);
});

test('who wrote to it is kept out for a day, whatever the sender', async ({ send, clock }) => {
  await send(trap);
  const next = await send({ ...spammer, from: 'other@elsewhere.example', to: 'alice@example.test' });
  assert.refused(next, 'collects spam');
  assert.decidedBy(next, 'trapped');
  await clock.advance('23h');
  assert.refused(await send({ ...spammer, to: 'alice@example.test' }));
  await clock.advance('2h');
  assert.accepted(await send({ ...spammer, to: 'alice@example.test' }));
});

test('the message that names it reaches nobody, in any order', async ({ send }) => {
  const sent = await send({ ...spammer, to: ['alice@example.test', 'info2@example.test', 'bob@example.test'] });
  assert.accepted(sent.replies.rcpt[0]);
  assert.refused(sent.replies.rcpt[2], 'collects spam');
  assert.refused(sent.replies.data, 'collects spam');
  assert.equal(sent.queued, []);
});

test('others are not touched, but an IPv6 host has all of its /64', async ({ send }) => {
  await send(trap);
  assert.accepted(await send({ ...spammer, ip: '192.0.2.67', to: 'alice@example.test' }));
  await send({ ...trap, ip: '2001:db8::66' });
  assert.refused(await send({ ...spammer, ip: '2001:db8::1:2', to: 'alice@example.test' }), 'collects spam');
  assert.accepted(await send({ ...spammer, ip: '2001:db8:0:1::66', to: 'alice@example.test' }));
});

test('a bounce to it closes nothing', async ({ send }) => {
  assert.refused(await send({ ...trap, from: '' }), 'User unknown');
  assert.accepted(await send({ ...spammer, to: 'alice@example.test' }));
});

test('our own people can not be caught', async ({ send }) => {
  const alice = { listener: 'submission', user: 'alice@example.test', from: 'alice@example.test' };
  assert.refused(await send({ ...alice, to: 'info2@example.test' }), 'User unknown');
  assert.accepted(await send({ ...alice, to: 'bob@example.test' }));
});
