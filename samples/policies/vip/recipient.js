// Important senders pass sooner, but only when SPF says that the mail is theirs: anybody can write their name into MAIL.
import { defer, permit, restrictions as r } from 'policymta';

async function vipsPass({ sender, results, lookup }) {
  if (results.spf?.result !== 'pass') return;
  // The address, or its domain.
  if (await lookup('vips', sender.address, 'address')) return permit();
}

/** What others must pass: here a delay, as in ../greylisting. */
async function othersWait({ client, sender, recipient, greylist }) {
  const grey = await greylist(`${client.network}/${sender.address}/${recipient.address}`.toLowerCase(), { delay: '5m' });
  if (grey.wait) return defer(`come back in ${grey.seconds} seconds`);
}

export default [
  r.permit_mynetworks(),
  r.permit_sasl_authenticated(),
  // permit() below ends this list, so what holds for all stands before it.
  r.reject_unlisted_recipient(),
  r.check_spf(),
  vipsPass,
  othersWait,
];
