// What test files import from 'policymta/test'. Everything outside comes from the host: ask() awaits it, tell() does not.
import { call, hear } from 'policymta/host';

// A call in tail position leaves no trace of where it was made, so none of what tests call is one.
const open = (text, where) => {
  const answer = JSON.parse(text);
  if (answer.error !== undefined) throw Object.assign(new Error(answer.error), { where });
  return answer.value;
};
const ask = async (operation, args) => {
  const where = new Error().stack;
  const answer = await call(operation, JSON.stringify(args));
  return open(answer, where);
};
const tell = (operation, args) => {
  const where = new Error().stack;
  const value = open(hear(operation, JSON.stringify(args)), where);
  return value;
};

export const registered = [];

/** Declares a test. What it needs is in the object that its function gets. */
export function test(name, body) {
  if (typeof name !== 'string' || typeof body !== 'function') throw new TypeError('test wants a name and a function');
  registered.push({ name, body });
}

/** One reply of the server, with the decisions that led to it. */
class Reply {
  constructor(given) { Object.assign(this, given); }
  get accepted() { return this.code < 400; }
  get deferred() { return this.code >= 400 && this.code < 500; }
  get refused() { return this.code >= 500; }
  toString() { return this.lines.join('\n'); }
}

/** A message of the queue. */
class Queued {
  constructor(given) { Object.assign(this, given); }
  header(name) { return this.headers.find((h) => h.name.toLowerCase() === name.toLowerCase())?.value ?? null; }
  recipient(address) { return this.recipients.find((r) => r.address === address) ?? null; }
}

const parameters = (of) => Object.entries(of ?? {}).map(([name, value]) => (value === true ? ` ${name}` : ` ${name}=${value}`)).join('');
const text = (message) => {
  if (typeof message === 'string') return message;
  const { headers = {}, body = 'test\r\n' } = message ?? {};
  const fields = { From: 'sender@test.invalid', Subject: 'test', ...headers };
  return `${Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n${body}`;
};

/** An SMTP session. */
class Session {
  #id;
  constructor(id, replies) {
    this.#id = id;
    this.banner = new Reply(replies[0]);
    this.greeting = replies.length > 1 ? new Reply(replies[1]) : this.banner;
  }
  async command(line) { return new Reply((await ask('command', { session: this.#id, line }))[0]); }
  async helo(name) { return await this.command(`HELO ${name}`); }
  async ehlo(name) { return await this.command(`EHLO ${name}`); }
  async mail(address, options) { return await this.command(`MAIL FROM:<${address}>${parameters(options)}`); }
  async rcpt(address, options) { return await this.command(`RCPT TO:<${address}>${parameters(options)}`); }
  async etrn(domain) { return await this.command(`ETRN ${domain}`); }
  async vrfy(address) { return await this.command(`VRFY ${address}`); }
  async rset() { return await this.command('RSET'); }
  async quit() { return await this.command('QUIT'); }
  /** DATA with a message; the last reply, with `replies` for each recipient of LMTP. */
  async data(message) {
    const replies = (await ask('data', { session: this.#id, message: text(message) })).map((r) => new Reply(r));
    const last = replies[replies.length - 1];
    last.replies = replies;
    return last;
  }
  /** A whole transaction. Its reply is the first refusal, or the last reply when there is none. */
  async send({ from, to, mail, rcpt, ...message }) {
    const before = (await queue()).map((m) => m.id);
    const replies = { mail: await this.mail(from, mail), rcpt: [], data: null };
    for (const address of [to].flat()) replies.rcpt.push(replies.mail.accepted ? await this.rcpt(address, rcpt) : replies.mail);
    if (replies.rcpt.some((r) => r.accepted)) replies.data = await this.data(message.message ?? message);
    else if (replies.mail.accepted) await this.rset();
    const all = [replies.mail, ...replies.rcpt, ...(replies.data === null ? [] : [replies.data])];
    const queued = (await queue()).filter((m) => !before.includes(m.id));
    return { reply: all.find((r) => !r.accepted) ?? all[all.length - 1], replies, queued };
  }
}

const smtp = async (options = {}) => {
  const { session, replies } = await ask('open', options);
  return new Session(session, replies);
};
const queue = async () => (await ask('queue', {})).map((m) => new Queued(m));
const send = async ({ listener, ip, port, name, reverse_name, helo, tls, user, mechanism, ...transaction }) => {
  const options = Object.fromEntries(Object.entries({ listener, ip, port, name, reverse_name, helo, tls, user, mechanism }).filter(([, value]) => value !== undefined));
  const session = await smtp(options);
  return await session.send(transaction);
};
const records = (kind) => (name, values) => { const done = tell('dns', { kind, name, values: [values].flat().map(String) }); return done; };
const telling = (operation, toArguments) => (...given) => { const done = tell(operation, toArguments(...given)); return done; };
const asking = (operation, toArguments) => async (...given) => { const done = await ask(operation, toArguments(...given)); return done; };

const context = {
  smtp, send, queue,
  dns: { a: records('a'), aaaa: records('aaaa'), mx: records('mx'), txt: records('txt'), ns: records('ns'), ptr: records('ptr'), fail: telling('dns', (name) => ({ kind: 'fail', name, values: [] })) },
  tables: { set: telling('table', (name, entries) => ({ name, entries })), fail: telling('table', (name) => ({ name, entries: null })) },
  addresses: { set: telling('address', (address, standing) => ({ address, standing })) },
  clock: { advance: asking('advance', (duration) => ({ duration })), set: asking('set_time', (time) => ({ time: new Date(time).toISOString() })), now: () => new Date(tell('now', {})) },
  http: { reply: telling('http', (name, answer) => ({ name, answer })), fail: telling('http', (name) => ({ name })) },
  events: () => tell('events', {}),
};

export const run = (index) => registered[index].body({ ...context });

const shown = (value) => (value instanceof Reply ? `"${value}"` : JSON.stringify(value) ?? String(value));
const because = (value) => (value instanceof Reply && value.rule ? `, decided by ${value.rule}${value.file ? ` (${value.file}:${value.line})` : ''}` : '');
const fail = (message) => { throw new Error(message); };
const same = (one, other) => Object.is(one, other) || (typeof one === 'object' && typeof other === 'object' && JSON.stringify(one) === JSON.stringify(other));
const holds = (value, pattern) => (pattern instanceof RegExp ? pattern.test(String(value)) : String(value).includes(pattern));
const kind = (word, is) => (reply, pattern) => {
  const one = reply.reply ?? reply;
  if (!(one instanceof Reply)) fail(`${word} wants a reply`);
  if (!is(one)) fail(`expected to be ${word}, got ${shown(one)}${because(one)}`);
  if (pattern !== undefined && !holds(one, pattern)) fail(`${word}, but not with ${pattern}: ${shown(one)}${because(one)}`);
};

/** Fails the test unless the condition holds. */
export function assert(condition, message = 'the assertion does not hold') { if (!condition) fail(message); }
assert.equal = (actual, expected, message) => { if (!same(actual, expected)) fail(`${message ?? 'not equal'}: expected ${shown(expected)}, got ${shown(actual)}`); };
assert.notEqual = (actual, other, message) => { if (same(actual, other)) fail(`${message ?? 'equal'}: ${shown(actual)}`); };
assert.match = (actual, pattern) => { if (!holds(actual, pattern)) fail(`${shown(actual)} does not match ${pattern}${because(actual)}`); };
assert.accepted = kind('accepted', (r) => r.accepted);
assert.deferred = kind('deferred', (r) => r.deferred);
assert.refused = kind('refused', (r) => r.refused);
assert.decidedBy = (reply, rule) => {
  const one = reply.reply ?? reply;
  if (![one.rule, one.file, `${one.file}:${one.line}`].includes(rule)) fail(`not decided by ${rule}: ${shown(one)}${because(one)}`);
};
