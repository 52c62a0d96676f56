// Only members write to a list. A name in MAIL proves nothing: a member has logged in, or SPF says that the mail is his.
import { reject, restrictions as r } from 'policymta';

/** Who the sender is for certain; null when nobody knows. */
function knownSender({ sasl, sender, results }) {
  if (sasl) return sasl.user;
  return results.spf?.result === 'pass' ? sender.address : null;
}

async function membersOnly(context) {
  const { recipient, lookup } = context;
  // With 'address', staff+news@ is the list staff@ as well.
  const members = await lookup('list_members', recipient.address, 'address');
  if (members === null) return;
  const who = knownSender(context)?.toLowerCase();
  if (!who || !members.toLowerCase().split(/[\s,]+/).includes(who)) return reject('members only', { code: 550, status: '5.7.1' });
}

// Before any permit, which would end the list.
export default [r.check_spf(), membersOnly, r.permit_mynetworks(), r.permit_sasl_authenticated()];
