// smtpd_recipient_restrictions
import { restrictions as r } from 'policymta';

// check_spf stands where the guide asks the policy service policy-spf.
export default [r.permit_sasl_authenticated(), r.check_spf()];
