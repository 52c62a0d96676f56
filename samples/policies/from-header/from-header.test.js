import { test, assert } from 'policymta/test';
import { addressesOf } from './lib/addresses.js';

const alice = { listener: 'submission', user: 'alice@example.test', from: 'alice@example.test', to: 'someone@elsewhere.example' };
const from = (field) => ({ ...alice, headers: { From: field } });

for (const field of ['alice@example.test', 'Alice <ALICE@Example.test>', '"Alice, of sales" <sales@example.test>', 'alice@example.test (at work), sales@example.test']) {
  test(`alice writes as ${field}`, async ({ send }) => assert.accepted(await send(from(field))));
}

for (const field of ['bob@example.test', '"alice@example.test" <bob@example.test>', 'alice@example.test, bob@example.test', '(alice@example.test) ceo@partner.example', 'Alice <alice@example.test>, Bob\r\n <bob@example.test>']) {
  test(`alice does not write as ${field.replace('\r\n', '')}`, async ({ send }) => {
    const sent = await send(from(field));
    assert.refused(sent, 'is not owned by user alice@example.test');
    assert.decidedBy(sent, 'fromBelongsToLogin');
  });
}

for (const field of ['', 'Alice', 'team: alice@example.test;', '<alice@example.test> <bob@example.test>', '<alice@example.test> bob@example.test', '"alice"@example.test', '<"bob"alice@example.test>', 'Alice <alice@example.test', '"Alice <alice@example.test>', '<alice@example.test', '(alice@example.test', 'alice@example.test,', '<@relay.example:alice@example.test>']) {
  test(`a From field that is not plain is refused: ${field}`, async ({ send }) => {
    assert.equal(addressesOf(field), null);
    assert.refused(await send(from(field)), 'From field');
  });
}

test('two From fields are refused', async ({ send }) => {
  assert.refused(await send({ ...alice, message: 'From: alice@example.test\r\nfrom: bob@example.test\r\n\r\nhello\r\n' }), 'one From field');
});

test('the address in MAIL belongs to the login too', async ({ send }) => {
  assert.refused(await send({ ...from('alice@example.test'), from: 'bob@example.test' }), 'not owned by user alice@example.test');
});

test('two people may own one address', async ({ send }) => {
  assert.accepted(await send({ ...from('sales@example.test'), user: 'bob@example.test', from: 'bob@example.test' }));
});

test('a login may own a domain', async ({ send, tables }) => {
  tables.set('sender_logins', { '@example.test': 'alice@example.test', 'bob@example.test': 'bob@example.test' });
  assert.accepted(await send(from('anything@example.test')));
  assert.refused(await send(from('bob@example.test')), 'is not owned');
  assert.refused(await send(from('anything@sub.example.test')), 'is not owned');
});

test('while the table can not say, mail waits', async ({ send, tables }) => {
  tables.fail('sender_logins');
  assert.deferred(await send(from('alice@example.test')));
});

test('mail from elsewhere is not asked', async ({ send }) => {
  assert.accepted(await send({ from: 'joe@friend.example', to: 'alice@example.test', headers: { From: 'someone@friend.example' } }));
});
