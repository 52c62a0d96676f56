// Who may send to domains that are not ours (smtpd_relay_restrictions). The server itself checks again what this list grants.
import { restrictions as r } from 'policymta';

export default [
  r.permit_sasl_authenticated(),
  r.reject_unauth_destination(),
];
