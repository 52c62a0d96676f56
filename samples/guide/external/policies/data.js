// smtpd_data_restrictions
import { restrictions as r } from 'policymta';

export default [r.reject_unauth_pipelining()];
