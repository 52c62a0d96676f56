// smtpd_helo_restrictions
import { restrictions as r } from 'policymta';

export default [r.permit_sasl_authenticated(), r.reject_unknown_helo_hostname()];
