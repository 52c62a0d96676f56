// What the lists ask of clients, names and senders.
import { test, assert } from 'policymta/test';

const friend = { ip: '192.0.2.7', name: 'mx.friend.example', helo: 'mx.friend.example' };
const ours = { ip: '127.0.0.1', name: 'localhost', helo: 'localhost' };

/** A sending domain that DNS knows. */
function friendExists(dns) {
  dns.mx('friend.example', '10 mx.friend.example');
  dns.a('mx.friend.example', friend.ip);
}

test('a client must call itself by a name that exists', async ({ send, dns }) => {
  friendExists(dns);
  const mail = { from: 'joe@friend.example', to: 'alice@example.test' };
  const lonely = await send({ ...friend, helo: 'desktop', ...mail });
  assert.refused(lonely, 'need fully-qualified hostname');
  assert.decidedBy(lonely, 'reject_non_fqdn_helo_hostname');
  assert.refused(await send({ ...friend, helo: 'bad..name.example', ...mail }), 'Invalid name');
  assert.deferred(await send({ ...friend, helo: 'nowhere.example', ...mail }), 'Host not found');
});

test('a sender must have a domain that can be answered', async ({ send, dns }) => {
  friendExists(dns);
  assert.refused(await send({ ...friend, from: 'joe', to: 'alice@example.test' }), 'need fully-qualified address');
  assert.deferred(await send({ ...friend, from: 'joe@nowhere.example', to: 'alice@example.test' }), 'Domain not found');
});

test('mailboxes that do not exist are refused', async ({ send, dns }) => {
  friendExists(dns);
  assert.refused(await send({ ...friend, from: 'joe@friend.example', to: 'nobody@example.test' }), 'User unknown in virtual mailbox table');
});

test('nobody sends as one of us without a login', async ({ send, dns }) => {
  friendExists(dns);
  const forged = await send({ ...friend, from: 'alice@example.test', to: 'bob@example.test' });
  assert.refused(forged, 'not logged in');
  assert.decidedBy(forged, 'sender.js');
  assert.refused(await send({ ...ours, from: 'alice@example.test', to: 'bob@example.test' }), 'not logged in');
});

test('clients of this machine need no fully qualified name', async ({ send, dns }) => {
  friendExists(dns);
  assert.accepted(await send({ ...ours, from: 'joe@friend.example', to: 'alice@example.test' }));
  assert.refused(await send({ ...ours, from: 'joe@friend.example', to: 'someone@elsewhere.example' }), 'Relay access denied');
});

test('a bounce has one recipient', async ({ send, dns }) => {
  friendExists(dns);
  assert.accepted(await send({ ...friend, from: '', to: 'alice@example.test' }));
  assert.refused(await send({ ...friend, from: '', to: ['alice@example.test', 'bob@example.test'] }), 'Multi-recipient bounce');
});
