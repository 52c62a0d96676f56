// smtpd_sender_restrictions
import { restrictions as r } from 'policymta';

export default [r.permit_sasl_authenticated(), r.reject_unknown_sender_domain()];
