// Nobody sends to other people's domains through here without a login.
import { test, assert } from 'policymta/test';

const stranger = { ip: '192.0.2.7', name: 'mx.friend.example', helo: 'mx.friend.example', from: 'joe@friend.example' };

test('strangers may not relay', async ({ send, dns }) => {
  dns.a('friend.example', stranger.ip);
  dns.a('mx.friend.example', stranger.ip);
  const sent = await send({ ...stranger, to: 'someone@elsewhere.example' });
  assert.refused(sent, '554 5.7.1 <someone@elsewhere.example>: Relay access denied');
  assert.decidedBy(sent, 'relay.js');
  assert.equal(sent.queued, []);
});

test('strangers reach our mailboxes', async ({ send, dns }) => {
  dns.a('friend.example', stranger.ip);
  dns.a('mx.friend.example', stranger.ip);
  const sent = await send({ ...stranger, to: 'alice@example.test', headers: { Subject: 'hello' } });
  assert.accepted(sent);
  assert.equal(sent.queued[0].header('Subject'), 'hello');
  assert.equal(sent.queued[0].recipients.map((r) => r.address), ['alice@example.test']);
});

test('who has logged in may send anywhere', async ({ send }) => {
  const sent = await send({ listener: 'submission', user: 'alice@example.test', tls: true, from: 'alice@example.test', to: ['bob@example.test', 'someone@elsewhere.example'] });
  assert.accepted(sent);
  assert.equal(sent.queued[0].recipients.length, 2);
});
