// Before the message is sent (smtpd_data_restrictions).
import { restrictions as r } from 'policymta';

export default [
  r.reject_unauth_pipelining(),
  // Bounces have one recipient; null-sender mail to many is no bounce.
  r.reject_multi_recipient_bounce(),
];
