// Each login may reach so many recipients in a time; a login may have a limit of its own.
import { defer, reject } from 'policymta';

const LIMIT = '100/h';

async function limitPerUser({ sasl, recipient_count, lookup, rate }) {
  if (!sasl) return;
  const user = sasl.user.toLowerCase();
  const limit = (await lookup('rate_limits', user)) ?? LIMIT;
  // It would be put off until it is given up: better said now.
  if (recipient_count > parseInt(limit, 10)) return reject(`more than ${parseInt(limit, 10)} recipients`, { code: 550, status: '5.5.3' });
  // Only what is accepted counts, so that mail which comes again is not counted twice.
  const sent = await rate(`rate-limit/${user}`, limit, { cost: recipient_count, count: 'accepted' });
  if (sent.over) return defer(`limit of ${limit} recipients reached, try again in ${sent.retry_after} seconds`, { code: 450, status: '4.7.1' });
}

export default [limitPerUser];
