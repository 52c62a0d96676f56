// Mail of our own people comes with a login.
import { test, assert } from 'policymta/test';

for (const listener of ['submission', 'submissions']) {
  test(`${listener} takes nobody without a login`, async ({ send }) => {
    const sent = await send({ listener, tls: true, from: 'joe@friend.example', to: 'alice@example.test' });
    assert.refused(sent, 'Access denied');
    assert.decidedBy(sent, `${listener}/client.js`);
  });

  test(`${listener} takes mail of who has logged in, under the own address only`, async ({ send }) => {
    const alice = { listener, tls: true, user: 'alice@example.test', to: 'someone@elsewhere.example' };
    assert.accepted(await send({ ...alice, from: 'alice@example.test' }));
    assert.refused(await send({ ...alice, from: 'bob@example.test' }), 'not owned by user alice@example.test');
  });
}
