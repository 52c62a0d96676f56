// A first try is put off; a real mail server comes again, most senders of spam do not.
import { defer, restrictions as r, rule } from 'policymta';

/** How long a newcomer waits, and how many accepted recipients make a network trusted. */
const DELAY = '5m';
const TRUSTED = 5;

async function newcomersWait({ client, sender, recipient, counter, greylist }) {
  const passed = counter(`greylisting/passed/${client.network}`);
  if (await passed.get() >= TRUSTED) return;
  // The network and not the address: large senders come again from another machine.
  const grey = await greylist(`${client.network}/${sender.address}/${recipient.address}`.toLowerCase(), { delay: DELAY });
  if (grey.wait) return defer(`greylisted, come back in ${grey.seconds} seconds`, { code: 450, status: '4.7.1' });
  await passed.add(1);
}

export default [
  r.permit_mynetworks(),
  r.permit_sasl_authenticated(),
  // Before greylisting: who is refused for good should hear it at once.
  r.reject_unlisted_recipient(),
  // Without its counters the rule has nothing to say, and mail goes on.
  rule(newcomersWait, { name: 'newcomersWait', fallback: 'dunno' }),
];
