// The addresses of a From field (RFC 5322 §3.4), for a decision: what can't be read for certain is told, and never skipped.

const address = /^[^\s"(),:;<>@[\]\\]+@[^\s"(),:;<>@[\]\\]+$/;

/** The addresses of the field in lower case, without names and comments; null when it is not a plain list of them. */
export function addressesOf(field) {
  const mailboxes = split(field);
  if (mailboxes === null) return null;
  const found = mailboxes.map(({ angle, text }) => (angle ?? text).trim().toLowerCase());
  return found.every((one) => address.test(one)) ? found : null;
}

/** Cuts at commas that stand outside of quotes, comments and angle brackets; null when one of these is not closed, or comes twice. */
function split(field) {
  const mailboxes = [];
  let mailbox = { angle: null, text: '' };
  let comments = 0;
  let isQuoted = false;
  let isInAngle = false;
  for (let i = 0; i < field.length; i++) {
    const c = field[i];
    if (c === '\\' && (isQuoted || comments > 0)) i++;
    else if (c === '"' && comments === 0) {
      // A quoted local part is possible, but nobody of ours has one.
      if (isInAngle) return null;
      isQuoted = !isQuoted;
    } else if (isQuoted) continue;
    else if (c === '(') comments++;
    else if (c === ')' && comments > 0) comments--;
    else if (comments > 0) continue;
    else if (c === '<') {
      if (isInAngle || mailbox.angle !== null) return null;
      isInAngle = true;
      mailbox.angle = '';
    } else if (c === '>' && isInAngle) isInAngle = false;
    else if (isInAngle) mailbox.angle += c;
    else if (c === ',') {
      mailboxes.push(mailbox);
      mailbox = { angle: null, text: '' };
    } else if (mailbox.angle !== null && c.trim()) return null;
    else mailbox.text += c;
  }
  return isQuoted || isInAngle || comments > 0 ? null : [...mailboxes, mailbox];
}
