// Per-domain routing, in the place of transport_maps.
import { route } from 'policymta';
import { routeTo } from './lib/routes.js';

export default function perDomain({ recipient }) {
  const fields = routeTo(recipient.domain);
  if (fields) return route(fields);
}
