// Who wrote to an address that never belonged to anybody is kept out for a while.
import { reject } from 'policymta';

const KEPT_OUT_FOR = '1d';

/** One host: an IPv4 address, or the /64 that one IPv6 host has to itself. */
const trap = ({ client, counter }) => counter(`honeypot/${client.ip.includes(':') ? client.network : client.ip}`);

export const close = (context) => trap(context).set(1, { ttl: KEPT_OUT_FOR });

export async function trapped(context) {
  if (await trap(context).get() > 0) return reject('your mail went to an address that collects spam', { code: 554, status: '5.7.1' });
}
