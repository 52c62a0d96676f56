// -o smtpd_client_restrictions=permit_sasl_authenticated,reject of the services smtps and submission
import { restrictions as r } from 'policymta';

export default [r.permit_sasl_authenticated(), r.reject()];
