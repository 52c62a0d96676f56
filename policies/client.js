// Who may connect (smtpd_client_restrictions). With smtpd_delay_reject these lists run at RCPT, with everything known by then.
import { restrictions as r } from 'policymta';

export default [
  r.permit_mynetworks(),
  r.permit_sasl_authenticated(),
];
