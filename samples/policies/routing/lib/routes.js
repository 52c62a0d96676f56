// How mail for a domain, and for those below it, leaves. What stands here needs no session, so that tests can ask it.

const routes = new Map([
  // A partner's own gateway, and never without its certificate.
  ['partner.example', { transport: 'smtp', nexthop: '[gateway.partner.example]:25', tls: 'verify' }],
  // An office behind our own relay, with a short way.
  ['office.example.test', { transport: 'lmtp', nexthop: 'inet:192.0.2.25:24', priority: 'high' }],
  // A provider that takes mail slowly: others go first, and nobody waits for a week.
  ['slow.example', { priority: 'low', expire: '2d' }],
]);

/** The fields for route(), from the nearest domain that has some; undefined when the configuration shall decide. */
export function routeTo(domain) {
  for (let name = domain.toLowerCase(); name; name = name.includes('.') ? name.slice(name.indexOf('.') + 1) : '') {
    if (routes.has(name)) return routes.get(name);
  }
}
