// Programs and locked archives wait in a quarantine, for those recipients who do not get every file. Everybody else has the message at once.
// `policymta queue list` shows what waits, `policymta queue release ID --recipient ADDRESS` lets it go. What is inside an archive is not looked at.
import { hold, per_recipient } from 'policymta';

const names = /\.(exe|scr|com|pif|bat|cmd|js|jse|vbs|vbe|wsf|hta|ps1|lnk|jar|msi|iso|img)[\s.]*$/i;
const types = new Set([
  'application/vnd.microsoft.portable-executable',
  'application/x-elf',
  'application/java-vm',
  'application/x-ms-shortcut',
]);

/** What it is counts, whatever it is called. */
function isDangerous(part) {
  return part.encrypted || types.has(part.detected_type) || names.test(part.filename ?? '');
}

async function quarantine({ message, recipient, lookup }) {
  if (!message.parts.some(isDangerous)) return;
  if (await lookup('any_attachment', recipient.address, 'address')) return;
  return hold('dangerous attachment', { name: 'attachments', expire: '14d' });
}

export default [per_recipient(quarantine)];
