// An address that never belonged to anybody stands hidden on a web page; only collectors of addresses find it.
import { reject, restrictions as r } from 'policymta';
import { close, trapped } from './lib/trap.js';

async function honeypot(context) {
  const { sender, recipient, lookup, log, client } = context;
  // A bounce comes from a server that somebody else wrote to, with the honeypot as the forged sender.
  if (sender.address === '' || (await lookup('honeypots', recipient.address, 'address')) === null) return;
  await close(context);
  log.info(`honeypot: ${client.ip} wrote to ${recipient.address}`);
  // The words for any other address that does not exist.
  return reject('User unknown in virtual mailbox table', { code: 550, status: '5.1.1' });
}

export default [r.permit_mynetworks(), r.permit_sasl_authenticated(), honeypot, trapped];
