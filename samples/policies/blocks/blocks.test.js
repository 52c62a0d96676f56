import { test, assert } from 'policymta/test';

const joe = { ip: '192.0.2.7', from: 'joe@friend.example', to: 'alice@example.test' };

test('a blocked network hears why', async ({ send }) => {
  for (const ip of ['203.0.113.0', '203.0.113.255']) {
    const sent = await send({ ...joe, ip });
    assert.refused(sent, 'your network sends nothing but spam');
    assert.decidedBy(sent, 'blockedNetwork');
  }
  assert.refused(await send({ ...joe, ip: '203.0.113.9', to: 'postmaster@example.test' }));
});

test('its neighbours are not blocked', async ({ send }) => {
  for (const ip of ['203.0.112.255', '203.0.114.0', '192.0.2.7', '2001:db8:200::1']) assert.accepted(await send({ ...joe, ip }));
});

test('a blocked country reaches postmaster only', async ({ send }) => {
  for (const ip of ['198.51.100.7', '2001:db8:1ff::1']) {
    const sent = await send({ ...joe, ip });
    assert.refused(sent, 'no mail from your country (XX)');
    assert.decidedBy(sent, 'blockedCountry');
    assert.accepted(await send({ ...joe, ip, to: 'Postmaster@example.test' }));
  }
});

test('a message to postmaster and others reaches postmaster', async ({ send }) => {
  const sent = await send({ ...joe, ip: '198.51.100.7', to: ['postmaster@example.test', 'alice@example.test'] });
  assert.refused(sent.replies.rcpt[1], 'no mail from your country');
  assert.equal(sent.queued[0].recipients.map((x) => x.address), ['postmaster@example.test']);
});

test('a country that is known and not blocked passes', async ({ send, tables }) => {
  tables.set('countries', { '198.51.100.7': 'YY' });
  assert.accepted(await send({ ...joe, ip: '198.51.100.7' }));
});

test('our people write from everywhere', async ({ send }) => {
  const alice = { listener: 'submission', user: 'alice@example.test', from: 'alice@example.test', to: 'bob@example.test' };
  assert.accepted(await send({ ...alice, ip: '203.0.113.9' }));
  assert.accepted(await send({ ...alice, ip: '198.51.100.7' }));
});

test('a table that has our own machine in it does no harm', async ({ send, tables }) => {
  tables.set('blocked_networks', { '127.0.0.1': 'no', '192.0.2.7': 'no' });
  assert.refused(await send(joe));
  assert.accepted(await send({ ...joe, ip: '127.0.0.1' }));
});

test('while the tables can not say, a stranger waits', async ({ send, tables }) => {
  tables.fail('blocked_networks');
  assert.deferred(await send(joe));
});
