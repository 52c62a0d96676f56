// For the recipients that were taken before the honeypot was named.
import { restrictions as r } from 'policymta';
import { trapped } from './lib/trap.js';

export default [r.permit_mynetworks(), r.permit_sasl_authenticated(), trapped];
