// smtpd_relay_restrictions
import { restrictions as r } from 'policymta';

export default [r.permit_sasl_authenticated(), r.reject_unauth_destination()];
