import { test, assert } from 'policymta/test';

const ceo = { ip: '192.0.2.7', name: 'mx.partner.example', helo: 'mx.partner.example', from: 'ceo@partner.example', to: 'alice@example.test' };

test('a VIP passes when SPF says so', async ({ send, dns }) => {
  dns.txt('partner.example', 'v=spf1 ip4:192.0.2.7 -all');
  const sent = await send(ceo);
  assert.accepted(sent);
  assert(sent.replies.rcpt[0].decisions.some((d) => d.rule === 'vipsPass' && d.verdict === 'permit'));
});

test('a VIP without SPF, or with less than a pass, waits like anybody', async ({ send, dns }) => {
  const unknown = await send(ceo);
  assert.deferred(unknown);
  assert.decidedBy(unknown, 'othersWait');
  dns.txt('bank.example', 'v=spf1 ~all');
  assert.decidedBy(await send({ ...ceo, from: 'teller@bank.example' }), 'othersWait');
});

test('who forges a VIP is refused', async ({ send, dns }) => {
  dns.txt('partner.example', 'v=spf1 ip4:192.0.2.99 -all');
  const forged = await send(ceo);
  assert.refused(forged);
  assert.decidedBy(forged, 'check_spf');
});

test('an unknown recipient is refused at once, and our own people never wait', async ({ send }) => {
  assert.refused(await send({ ...ceo, to: 'nobody@example.test' }), 'User unknown');
  assert.accepted(await send({ ...ceo, ip: '127.0.0.1', name: 'localhost' }));
  assert.accepted(await send({ listener: 'submission', user: 'alice@example.test', from: 'alice@example.test', to: 'bob@example.test' }));
});

test('SPF alone makes nobody important', async ({ send, dns }) => {
  dns.txt('partner.example', 'v=spf1 ip4:192.0.2.7 -all');
  assert.deferred(await send({ ...ceo, from: 'clerk@partner.example' }));
});

test('a whole domain can be important', async ({ send, dns }) => {
  dns.txt('bank.example', 'v=spf1 ip4:192.0.2.7 -all');
  assert.accepted(await send({ ...ceo, from: 'teller@bank.example' }));
});

test('a VIP too must write to somebody who exists, and may not relay', async ({ send, dns }) => {
  dns.txt('partner.example', 'v=spf1 ip4:192.0.2.7 -all');
  assert.refused(await send({ ...ceo, to: 'nobody@example.test' }), 'User unknown');
  assert.refused(await send({ ...ceo, to: 'someone@elsewhere.example' }), 'Relay access denied');
});
