// Networks that are refused, and countries. Both stand in tables; those of files need no reload for a new line.
import { reject, restrictions as r } from 'policymta';

async function blockedNetwork({ client, lookup }) {
  const why = await lookup('blocked_networks', client.ip);
  if (why !== null) return reject(why, { code: 554, status: '5.7.1' });
}

async function blockedCountry({ client, recipient, lookup }) {
  // Whom a block hits by mistake must be able to say so.
  if (recipient?.local.toLowerCase() === 'postmaster') return;
  const country = await lookup('countries', client.ip);
  if (country !== null && (await lookup('blocked_countries', country)) !== null) return reject(`no mail from your country (${country}); write to postmaster if you need to reach us`, { code: 554, status: '5.7.1' });
}

export default [
  r.permit_mynetworks(),
  // Our people travel.
  r.permit_sasl_authenticated(),
  blockedNetwork,
  blockedCountry,
];
