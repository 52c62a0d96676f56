// What the guide wants of its server.
import { test, assert } from 'policymta/test';

const friend = { ip: '192.0.2.7', name: 'mx.friend.example', helo: 'mx.friend.example', from: 'joe@friend.example' };

/** A sender whose domain, name and SPF record are in order. */
function friendExists(dns, spf = 'v=spf1 ip4:192.0.2.7 -all') {
  dns.mx('friend.example', '10 mx.friend.example');
  dns.a('mx.friend.example', friend.ip);
  dns.txt('friend.example', spf);
}

test('mail for a mailbox is taken', async ({ send, dns }) => {
  friendExists(dns);
  const sent = await send({ ...friend, to: 'alice@example.test' });
  assert.accepted(sent);
  assert.match(sent.queued[0].header('Received-SPF') ?? sent.queued[0].header('Authentication-Results'), /pass/i);
});

test('nobody relays', async ({ send, dns }) => {
  friendExists(dns);
  assert.refused(await send({ ...friend, to: 'someone@elsewhere.example' }), 'Relay access denied');
});

test('mail that the sender\'s SPF record forbids is refused', async ({ send, dns }) => {
  friendExists(dns, 'v=spf1 -all');
  const sent = await send({ ...friend, to: 'alice@example.test' });
  assert.refused(sent);
  assert.decidedBy(sent, 'check_spf');
});

test('names must exist', async ({ send, dns }) => {
  friendExists(dns);
  assert.deferred(await send({ ...friend, helo: 'nowhere.example', to: 'alice@example.test' }), 'Host not found');
  assert.deferred(await send({ ...friend, from: 'joe@nowhere.example', to: 'alice@example.test' }), 'Domain not found');
});

test('submission takes only who has logged in', async ({ send }) => {
  const mail = { listener: 'smtps', tls: true, from: 'alice@example.test', to: 'someone@elsewhere.example' };
  assert.refused(await send(mail));
  assert.accepted(await send({ ...mail, user: 'alice@example.test' }));
});
