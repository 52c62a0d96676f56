// Nothing is delivered in a test, so route.js is loaded and checked here but not asked; what it decides by is.
import { test, assert } from 'policymta/test';
import { routeTo } from './lib/routes.js';

test('a domain has its way, and the domains below it too', () => {
  assert.equal(routeTo('partner.example').tls, 'verify');
  assert.equal(routeTo('Sales.Partner.example').nexthop, '[gateway.partner.example]:25');
  assert.equal(routeTo('office.example.test').transport, 'lmtp');
});

test('a name that only ends alike has none', () => {
  assert.equal(routeTo('notpartner.example'), undefined);
  assert.equal(routeTo('partner.example.elsewhere.example'), undefined);
  assert.equal(routeTo('example'), undefined);
  assert.equal(routeTo(''), undefined);
});

test('slow domains keep their transport', () => {
  assert.equal(routeTo('slow.example'), { priority: 'low', expire: '2d' });
});

test('mail is taken as without the rule', async ({ send }) => {
  const sent = await send({ from: 'joe@friend.example', to: 'alice@example.test' });
  assert.accepted(sent);
  assert.equal(sent.queued[0].recipients[0].route, null);
});
