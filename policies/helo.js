// What a client may call itself (smtpd_helo_restrictions).
import { restrictions as r } from 'policymta';

export default [
  r.permit_mynetworks(),
  r.permit_sasl_authenticated(),
  r.reject_invalid_helo_hostname(),
  r.reject_non_fqdn_helo_hostname(),
  r.reject_unknown_helo_hostname(),
];
