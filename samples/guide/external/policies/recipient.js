// smtpd_recipient_restrictions
import { restrictions as r } from 'policymta';

export default [r.permit_sasl_authenticated(), r.check_policy_service('unix:private/policy-spf')];
