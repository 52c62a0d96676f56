import { test, assert } from 'policymta/test';

const joe = { ip: '192.0.2.7', name: 'mx.friend.example', helo: 'mx.friend.example', from: 'joe@friend.example', to: 'staff@example.test' };
const login = { listener: 'submission', to: 'staff@example.test' };

test('a member who has logged in writes to the list, others do not', async ({ send }) => {
  assert.accepted(await send({ ...login, user: 'alice@example.test', from: 'alice@example.test' }));
  const bob = await send({ ...login, user: 'bob@example.test', from: 'bob@example.test' });
  assert.refused(bob, '550 5.7.1');
  assert.decidedBy(bob, 'membersOnly');
});

test('the login counts, not the address that it shows', async ({ send }) => {
  assert.refused(await send({ ...login, user: 'bob@example.test', from: 'alice@example.test' }), 'members only');
});

test('a member elsewhere needs SPF', async ({ send, dns }) => {
  assert.refused(await send(joe), 'members only');
  dns.txt('friend.example', 'v=spf1 ip4:192.0.2.7 -all');
  assert.accepted(await send(joe));
  assert.accepted(await send({ ...joe, from: 'Joe@friend.example', to: 'STAFF@example.test' }));
  assert.refused(await send({ ...joe, from: 'jim@friend.example' }), 'members only');
});

test('a bounce is no member, and our own machines are none', async ({ send }) => {
  assert.refused(await send({ ...joe, from: '' }), 'members only');
  assert.refused(await send({ ...joe, ip: '127.0.0.1', name: 'localhost', from: 'alice@example.test' }), 'members only');
});

test('a bounce is no member even where SPF knows its server and the table has a comma too many', async ({ send, dns, tables }) => {
  dns.txt('mx.friend.example', 'v=spf1 ip4:192.0.2.7 -all');
  tables.set('list_members', { 'staff@example.test': 'joe@friend.example,' });
  assert.refused(await send({ ...joe, from: '' }), 'members only');
});

test('an extension does not lead around the rule', async ({ send }) => {
  assert.refused(await send({ ...joe, to: 'staff+news@example.test' }), 'members only');
});

test('other addresses are open to all, and one list does not close the message', async ({ send }) => {
  const sent = await send({ ...joe, to: ['alice@example.test', 'staff@example.test'] });
  assert.refused(sent, 'members only');
  assert.equal(sent.queued[0].recipients.map((x) => x.address), ['alice@example.test']);
});

test('while the table can not say, the list waits', async ({ send, tables }) => {
  tables.fail('list_members');
  assert.deferred(await send(joe));
});
