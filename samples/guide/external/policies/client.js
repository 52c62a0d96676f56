// smtpd_client_restrictions
import { restrictions as r } from 'policymta';

export default [r.permit_sasl_authenticated()];
