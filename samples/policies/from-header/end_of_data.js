// Who has logged in writes under addresses of the own login only, in the From field too. The table is that of smtpd_sender_login_maps: an address or @domain, and its logins.
import { reject } from 'policymta';
import { addressesOf } from './lib/addresses.js';

const refusal = { code: 550, status: '5.7.1' };

async function fromBelongsToLogin({ sasl, message, lookup }) {
  if (!sasl) return;
  const fields = message.headers.filter((h) => h.name.toLowerCase() === 'from');
  // Two fields, and each reader would choose another one (RFC 5322 §3.6 allows one).
  if (fields.length !== 1) return reject('one From field is needed', refusal);
  const addresses = addressesOf(fields[0].value);
  if (addresses === null) return reject('the From field must have plain addresses', refusal);
  const user = sasl.user.toLowerCase();
  for (const address of addresses) {
    const owners = (await lookup('sender_logins', address)) ?? (await lookup('sender_logins', address.slice(address.indexOf('@')))) ?? '';
    if (!owners.toLowerCase().split(/[\s,]+/).includes(user)) return reject(`From: <${address}> is not owned by user ${user}`, refusal);
  }
}

export default [fromBelongsToLogin];
