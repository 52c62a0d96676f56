import { test, assert } from 'policymta/test';

const joe = { from: 'joe@friend.example', to: ['alice@example.test', 'abuse@example.test'] };

/** A message with one file; the content is Base64. */
const file = (name, content, type = 'application/octet-stream') => ({
  headers: { 'MIME-Version': '1.0', 'Content-Type': 'multipart/mixed; boundary="b"' },
  body: ['--b', '', 'see the file', '--b', `Content-Type: ${type}; name="${name}"`, `Content-Disposition: attachment; filename="${name}"`, 'Content-Transfer-Encoding: base64', '', content, '--b--', ''].join('\r\n'),
});
const TEXT = 'aGVsbG8K';
const PROGRAM = 'TVqQAAMAAAAEAAAA';

for (const [what, name, content] of [['a program by its name', 'Invoice.PDF.exe', TEXT], ['a program called a picture', 'holiday.png', PROGRAM], ['a name that Windows shortens', 'x.scr. ', TEXT]]) {
  test(`${what} waits, except for who gets every file`, async ({ send }) => {
    const sent = await send({ ...joe, ...file(name, content) });
    assert.accepted(sent);
    const held = sent.queued.flatMap((m) => m.recipients).map((x) => [x.address, x.state, x.hold]);
    assert.equal(held, [['alice@example.test', 'held', 'attachments'], ['abuse@example.test', 'due', null]]);
  });
}

test('a locked archive waits', async ({ send }) => {
  // The first bytes of a zip file whose entry has the flag of encryption.
  const sent = await send({ ...joe, ...file('report.zip', 'UEsDBBQAAQAIAAAAAAAAAAAAAAAAAAAAAAABAAAAYQ==') });
  assert.equal(sent.queued[0].recipient('alice@example.test').state, 'held');
});

test('other files pass', async ({ send }) => {
  const sent = await send({ ...joe, ...file('minutes.txt', TEXT, 'text/plain') });
  assert.equal(sent.queued[0].recipients.map((x) => x.state), ['due', 'due']);
  const plain = await send(joe);
  assert.equal(plain.queued[0].recipients.map((x) => x.state), ['due', 'due']);
});
