// The address in MAIL belongs to the login; ./end_of_data.js asks the same of the From field, which people see.
import { restrictions as r } from 'policymta';

export default [r.reject_authenticated_sender_login_mismatch()];
