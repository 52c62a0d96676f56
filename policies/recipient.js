// Which recipients are taken (smtpd_recipient_restrictions). Unknown ones of our domains are refused without being listed here.
import { restrictions as r } from 'policymta';

export default [
  r.permit_mynetworks(),
  r.permit_sasl_authenticated(),
  r.reject_non_fqdn_recipient(),
];
