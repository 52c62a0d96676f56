// Whose mail is taken (smtpd_sender_restrictions).
import { restrictions as r } from 'policymta';

export default [
  // First, so that it holds for our own networks too: nobody sends as a mailbox of ours without its login, nor as another's.
  r.reject_sender_login_mismatch(),
  r.permit_mynetworks(),
  r.permit_sasl_authenticated(),
  r.reject_non_fqdn_sender(),
  r.reject_unknown_sender_domain(),
];
