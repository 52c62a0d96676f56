// A login that is used from many places, or writes to many strangers, is stopped for a while: its password is probably known to others.
import { defer, restrictions as r } from 'policymta';

/** Places (networks) in an hour, recipients in a day, and how long the login is stopped. */
const PLACES = 4;
const RECIPIENTS = 200;
const STOPPED_FOR = '1h';

async function stopStolenLogins({ sasl, client, recipient, counter, distinct, log }) {
  if (!sasl) return;
  const user = sasl.user.toLowerCase();
  const stop = defer('this account is stopped for now: was its password stolen?', { code: 450, status: '4.7.1' });
  const stopped = counter(`compromised-account/stopped/${user}`);
  if (await stopped.get() > 0) return stop;
  const places = await distinct(`compromised-account/places/${user}`, client.network, '1h');
  const recipients = await distinct(`compromised-account/recipients/${user}`, recipient.address.toLowerCase(), '1d');
  if (places <= PLACES && recipients <= RECIPIENTS) return;
  await stopped.set(1, { ttl: STOPPED_FOR });
  log.warn(`login ${user} is stopped: ${places} networks in an hour, ${recipients} recipients in a day`);
  return stop;
}

// Before any permit, which would end the list.
export default [stopStolenLogins, r.permit_mynetworks(), r.permit_sasl_authenticated(), r.reject_non_fqdn_recipient()];
