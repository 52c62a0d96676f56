// The submissions listener is for people of ours only: this list replaces ../client.js there.
import { restrictions as r } from 'policymta';

export default [
  r.permit_sasl_authenticated(),
  r.reject(),
];
