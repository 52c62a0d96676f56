// Made by `policymta types`: what a policy can import and what its functions get. Editors read this file; the server does not.

declare module 'policymta' {
  /** What a rule says. Made only by the functions below. */
  export interface Verdict { readonly __verdict: unique symbol }
  /** A restriction of a plugin, ready to stand in a list. */
  export interface Restriction { readonly __restriction: unique symbol }
  /** What rule(), per_recipient() and warn_if_reject() make. */
  export interface MadeRule { readonly __rule: unique symbol }
  /** '50ms', '2s', '5m', '1h', '1d', '1w'. */
  export type Duration = string;
  export interface Refusal { code?: number; status?: string }
  /** Where a recipient goes, and how; what is left out stays as it would be. */
  export interface RouteOptions {
    transport?: string;
    nexthop?: string;
    priority?: 'high' | 'normal' | 'low';
    /** How old the message is when it is first tried. */
    not_before?: Duration;
    /** How old the message is when it is given up. */
    expire?: Duration;
    tls?: 'none' | 'may' | 'encrypt' | 'verify' | 'secure';
    /** An address of this machine. */
    source?: string;
    /** A section [pools.NAME]. */
    pool?: string;
  }
  /** Nothing is dunno(). */
  export type Answer = Verdict | (Verdict | null | undefined)[] | null | undefined | void;
  export type RuleFunction<C = any> = (context: C) => Answer | Promise<Answer>;
  export type Rule = Restriction | MadeRule | RuleFunction;

  export function reject(text?: string | null, options?: Refusal): Verdict;
  export function defer(text?: string | null, options?: Refusal): Verdict;
  export function disconnect(text?: string | null, options?: { code?: 421 | 521 }): Verdict;
  export function defer_if_permit(text?: string | null): Verdict;
  export function defer_if_reject(text?: string | null): Verdict;
  export const permit: { (): Verdict, /** In relay.js: lets the recipient be relayed. */ relay(why: string): Verdict };
  export function dunno(): Verdict;
  export function discard(why?: string | null): Verdict;
  export function redirect(address: string): Verdict;
  export function bcc(address: string): Verdict;
  /** transport:nexthop */ export function filter(destination: string): Verdict;
  /** Name: value */ export function prepend(field: string): Verdict;
  export function hold(why: string, options?: { name?: string, expire?: Duration }): Verdict;
  export function delay(duration: Duration): Verdict;
  /** In route.js and attempt.js. */ export function route(route: RouteOptions): Verdict;
  /** In result.js: another way for all further attempts. */ export function reroute(route: RouteOptions | Verdict): Verdict;
  /** In delivery: waits, and tries again. */ export function retry(options?: { after?: Duration }, text?: string): Verdict;
  /** In delivery: returns the mail. */ export function bounce(text?: string | null, options?: Refusal): Verdict;
  /** In result.js: counts as delivered. */ export function deliver(why?: string | null): Verdict;
  export function warn(text: string): Verdict;
  export function info(text: string): Verdict;
  /** Names a function and says what its failure means; without it a failing rule defers. */ export function rule(fn: RuleFunction, options?: { name?: string, fallback?: 'defer' | 'dunno' | 'reject', budget?: Duration }): Rule;
  /** In end_of_data.js and local_submission.js: decides recipient by recipient. */ export function per_recipient(fn: RuleFunction<PerRecipientContext> | MadeRule): Rule;
  /** Logs what the rule would refuse, and goes on. */ export function warn_if_reject(rule: Rule): Rule;
  /** The restrictions of the plugins. */ export const restrictions: Restrictions;

  /** By their Postfix names. */
  export interface Restrictions {
    check_ccert_access(table: string, options?: { search_order?: string | string[] }): Restriction;
    check_client_a_access(table: string): Restriction;
    check_client_access(table: string): Restriction;
    check_client_mx_access(table: string): Restriction;
    check_client_ns_access(table: string): Restriction;
    check_etrn_access(table: string): Restriction;
    check_helo_a_access(table: string): Restriction;
    check_helo_access(table: string): Restriction;
    check_helo_mx_access(table: string): Restriction;
    check_helo_ns_access(table: string): Restriction;
    check_policy_service(service: string, options?: { default_action?: string, max_idle?: string, max_ttl?: string, policy_context?: string, request_limit?: number, retry_delay?: string, timeout?: string, try_limit?: number }): Restriction;
    check_recipient_a_access(table: string): Restriction;
    check_recipient_access(table: string): Restriction;
    check_recipient_mx_access(table: string): Restriction;
    check_recipient_ns_access(table: string): Restriction;
    check_reverse_client_hostname_a_access(table: string): Restriction;
    check_reverse_client_hostname_access(table: string): Restriction;
    check_reverse_client_hostname_mx_access(table: string): Restriction;
    check_reverse_client_hostname_ns_access(table: string): Restriction;
    check_sasl_access(table: string): Restriction;
    check_sender_a_access(table: string): Restriction;
    check_sender_access(table: string): Restriction;
    check_sender_mx_access(table: string): Restriction;
    check_sender_ns_access(table: string): Restriction;
    check_spf(): Restriction;
    defer(): Restriction;
    defer_if_permit(): Restriction;
    defer_if_reject(): Restriction;
    defer_unauth_destination(): Restriction;
    permit(): Restriction;
    permit_auth_destination(): Restriction;
    permit_dnswl_client(list: string): Restriction;
    permit_inet_interfaces(): Restriction;
    permit_mx_backup(): Restriction;
    permit_mynetworks(): Restriction;
    permit_rhswl_client(list: string): Restriction;
    permit_sasl_authenticated(): Restriction;
    permit_tls_all_clientcerts(): Restriction;
    permit_tls_clientcerts(): Restriction;
    reject(): Restriction;
    reject_authenticated_sender_login_mismatch(): Restriction;
    reject_invalid_helo_hostname(): Restriction;
    reject_known_sender_login_mismatch(): Restriction;
    reject_multi_recipient_bounce(): Restriction;
    reject_non_fqdn_helo_hostname(): Restriction;
    reject_non_fqdn_recipient(): Restriction;
    reject_non_fqdn_sender(): Restriction;
    reject_plaintext_session(): Restriction;
    reject_rbl_client(list: string): Restriction;
    reject_rhsbl_client(list: string): Restriction;
    reject_rhsbl_helo(list: string): Restriction;
    reject_rhsbl_recipient(list: string): Restriction;
    reject_rhsbl_reverse_client(list: string): Restriction;
    reject_rhsbl_sender(list: string): Restriction;
    reject_sender_login_mismatch(): Restriction;
    reject_unauth_destination(): Restriction;
    reject_unauth_pipelining(): Restriction;
    reject_unauthenticated_sender_login_mismatch(): Restriction;
    reject_unknown_client_hostname(): Restriction;
    reject_unknown_helo_hostname(): Restriction;
    reject_unknown_recipient_domain(): Restriction;
    reject_unknown_reverse_client_hostname(): Restriction;
    reject_unknown_sender_domain(): Restriction;
    reject_unlisted_recipient(): Restriction;
    reject_unlisted_sender(): Restriction;
    reject_unverified_recipient(): Restriction;
    reject_unverified_sender(): Restriction;
    sleep(time: Duration | number): Restriction;
  }
  export interface Client {
    ip: string;
    port: number;
    /** Verified, or 'unknown'. */ name: string;
    /** Not verified, or 'unknown'. */ reverse_name: string;
    /** The /24 or /64. */ network: string;
    proxied_by: string | null;
    in_my_networks: boolean;
  }
  export interface Server {
    ip: string;
    port: number;
    name: string;
  }
  export interface Session {
    id: string;
    /** Hash of the policies. */ policy: string;
    /** What the client was answered so far. */ counters: SessionCounters;
    /** Kept for the session, as JSON. */ vars: { [name: string]: any };
  }
  export interface SessionCounters {
    messages: number;
    recipients: number;
    refused_recipients: number;
    errors: number;
  }
  export interface Helo {
    name: string;
    esmtp: boolean;
  }
  export interface Tls {
    version: string;
    cipher: string;
    bits: number;
    sni: string | null;
    client_cert: ClientCertificate | null;
  }
  export interface ClientCertificate {
    subject: string;
    issuer: string;
    fingerprint: string;
    public_key_fingerprint: string;
    verified: boolean;
  }
  export interface Sasl {
    user: string;
    mechanism: string;
  }
  export interface LoginAttempt {
    mechanism: string;
    /** Who it claims to be; null before that is known. */ user: string | null;
    /** null before it is tried. */ result: 'success' | 'failure' | 'unavailable' | null;
  }
  export interface Sender {
    /** The domain is in lower case; the null sender is ''. */ address: string;
    local: string;
    domain: string;
    extension: string;
  }
  export interface Mail {
    size: number | null;
    body: '7bit' | '8bitmime' | 'binarymime' | null;
    smtputf8: boolean;
    ret: 'full' | 'hdrs' | null;
    envid: string | null;
    requiretls: boolean;
    auth: string | null;
  }
  export interface Recipient {
    /** The domain is in lower case. */ address: string;
    local: string;
    domain: string;
    extension: string;
    class: 'default' | 'local' | 'virtual_alias' | 'virtual_mailbox' | 'relay';
    notify: ('never' | 'success' | 'failure' | 'delay')[];
    orcpt: string | null;
  }
  export interface Results {
    spf: AuthenticationResult | null;
    dkim: AuthenticationResult | null;
    dmarc: AuthenticationResult | null;
    arc: AuthenticationResult | null;
    iprev: AuthenticationResult | null;
    spamassassin: AuthenticationResult | null;
    rspamd: AuthenticationResult | null;
    clamav: AuthenticationResult | null;
  }
  export interface AuthenticationResult {
    result: string;
    reason: string | null;
    properties: { [name: string]: string };
  }
  export interface User {
    name: string;
    uid: number;
  }
  export interface HeaderField {
    name: string;
    /** Unfolded, not decoded. */ value: string;
  }
  export interface Part {
    /** What its sender calls it. */ filename: string | null;
    /** What its sender says it is. */ type: string;
    /** What its first bytes say it is. */ detected_type: string | null;
    /** Bytes, decoded. */ size: number;
    sha256: string;
    /** Nobody can look into it without a key. */ encrypted: boolean;
  }
  export interface Message {
    size: number;
    headers: HeaderField[];
    /** What is attached, attached messages looked into; archives are not opened. */ parts: Part[];
    /** The first field of that name. */ header(name: string): string | null;
    /** The text body, at most so many characters. */ text(max?: number): string;
    add_header(name: string, value: string, options?: { top?: boolean }): void;
    /** Replaces the n-th field of that name, from 1; adds it when there are fewer. */ change_header(name: string, value: string, occurrence?: number): void;
    /** Removes every field of that name; gives the number removed. */ remove_header(name: string): number;
  }
  export interface Destination {
    transport: string;
    nexthop: string;
  }
  export interface Result {
    action: 'delivered' | 'deferred' | 'failed';
    /** The next hop's reply code; null when it said nothing. */ code: number | null;
    status: string;
    text: string;
    /** The host that answered. */ mx: string | null;
    /** The version of TLS; null in plain text. */ tls: string | null;
  }
  export interface Report {
    kind: 'failure' | 'delay' | 'success';
    recipients: ReportedRecipient[];
    original: OriginalMessage;
  }
  export interface ReportedRecipient {
    address: string;
    status: string;
    text: string;
  }
  export interface OriginalMessage {
    sender: string;
    sasl: Sasl | null;
    client: Client;
  }
  export interface Mx {
    preference: number;
    host: string;
  }
  export interface Tlsa {
    usage: number;
    selector: number;
    matching_type: number;
    /** In hexadecimal digits. */ data: string;
  }
  export interface Listing {
    listed: boolean;
    codes: string[];
    text: string | null;
  }
  /** None is an empty list; what can't be said for now throws, which defers. */
  export interface Dns {
    a(name: string): Promise<string[]>;
    aaaa(name: string): Promise<string[]>;
    mx(name: string): Promise<Mx[]>;
    txt(name: string): Promise<string[]>;
    ptr(ip: string): Promise<string[]>;
    tlsa(name: string): Promise<Tlsa[]>;
  }
  export interface Rate {
    over: boolean;
    used: number;
    /** Seconds. */ retry_after: number;
  }
  export interface Grey {
    wait: boolean;
    seconds: number;
  }
  export interface Counter {
    get(): Promise<number>;
    add(n: number): Promise<number>;
    set(n: number, options?: { ttl: Duration }): Promise<void>;
  }
  export interface Log {
    info(text: string): void;
    warn(text: string): void;
  }
  /** On every context. Numbers of a duration are seconds. */
  export interface Context {
    client: Client;
    server: Server;
    listener: string;
    session: Session;
    helo: Helo | null;
    tls: Tls | null;
    sasl: Sasl | null;
    message_score: number;
    /** Seconds: what was left of the rule's budget when it was first read. */ deadline: number;
    /** Throws when the table can't say for now, which defers. */ lookup(table: string, key: string, as?: 'exact' | 'address' | 'host'): Promise<string | null>;
    dns: Dns;
    /** Asks a list for an address or a name. */ dnsbl(zone: string, what: string): Promise<Listing>;
    /** The limit is like '200/h'. */ rate(key: string, limit: string, options?: { cost?: number, count?: 'now' | 'accepted' }): Promise<Rate>;
    /** How many different values the key had. */ distinct(key: string, value: string, window: Duration): Promise<number>;
    greylist(key: string, options: { delay: Duration }): Promise<Grey>;
    counter(key: string): Counter;
    /** What the next hop says to RCPT, remembered; 'unknown' while it is being asked, and when it could not say. */ verify_address(address: string): Promise<'deliverable' | 'undeliverable' | 'unknown'>;
    /** Asks an endpoint that the configuration names. */ http(name: string, request?: any): Promise<any>;
    /** Tells an endpoint that the configuration names, without waiting. */ event(name: string, data?: any): void;
    /** Adds to a number that the server shows as a metric. */ metric(name: string, value?: number): void;
    score(symbol: string, points: number): void;
    log: Log;
    /** Seconds since 1970. */ now(): number;
    random(): number;
  }
  /** auth.js. */
  export interface AuthContext extends Context {
    attempt: LoginAttempt;
  }
  /** etrn.js. */
  export interface EtrnContext extends Context {
    /** The domain whose mail is asked for. */ argument: string;
  }
  /** sender.js without smtpd_delay_reject. */
  export interface SenderContext extends Context {
    sender: Sender;
    mail: Mail;
    results: Results;
  }
  /** vrfy.js. */
  export interface VrfyContext extends Context {
    /** The address that is asked about. */ argument: string;
  }
  /** data.js. */
  export interface DataContext extends SenderContext {
    /** The one in question; null where there are several. */ recipient: Recipient | null;
    recipients: Recipient[];
    recipient_count: number;
  }
  /** relay.js, recipient.js; with smtpd_delay_reject, the default: client.js, helo.js, sender.js. */
  export interface RecipientContext extends SenderContext {
    recipient: Recipient;
  }
  /** attempt.js. */
  export interface AttemptContext extends DataContext {
    /** Which attempt it is, from 1. */ attempt_number: number;
    destination: Destination;
  }
  /** bounce.js. */
  export interface BounceContext extends DataContext {
    bounce: Report;
  }
  /** end_of_data.js. */
  export interface EndOfDataContext extends DataContext {
    message: Message;
  }
  /** route.js. */
  export interface RouteContext extends RecipientContext {
    /** Which attempt is to come, from 1. */ attempt_number: number;
  }
  /** local_submission.js. */
  export interface LocalSubmissionContext extends EndOfDataContext {
    user: User;
  }
  /** result.js. */
  export interface ResultContext extends RouteContext {
    destination: Destination;
    result: Result;
  }
  /** In per_recipient. */
  export interface PerRecipientContext extends EndOfDataContext { recipient: Recipient }
}

declare module 'policymta/test' {
  /** One reply of the server, with the decisions that led to it. */
  export interface Reply {
    code: number;
    status: string | null;
    text: string;
    lines: string[];
    readonly accepted: boolean;
    readonly deferred: boolean;
    readonly refused: boolean;
    /** The rule that decided; null when none was asked. */
    rule: string | null;
    file: string | null;
    line: number | null;
    verdict: string | null;
    decisions: { stage: string, rule: string, file: string, line: number, verdict: string }[];
    /** After a message, with LMTP one for each recipient. */
    replies?: Reply[];
  }
  export interface QueuedRecipient { address: string; original: string; state: 'due' | 'held'; hold: string | null; route: string | null }
  export interface QueuedMessage {
    id: string;
    sender: string;
    size: number;
    recipients: QueuedRecipient[];
    headers: { name: string, value: string }[];
    body: string;
    header(name: string): string | null;
    recipient(address: string): QueuedRecipient | null;
  }
  export type Message = string | { headers?: { [name: string]: string }, body?: string };
  export interface Transaction { from: string; to: string | string[]; message?: string; headers?: { [name: string]: string }; body?: string; mail?: { [parameter: string]: any }; rcpt?: { [parameter: string]: any } }
  export interface Outcome { /** The first refusal, or the last reply when there is none. */ reply: Reply; replies: { mail: Reply, rcpt: Reply[], data: Reply | null }; queued: QueuedMessage[] }
  export interface ClientOptions {
    listener?: string;
    ip?: string;
    port?: number;
    /** Left out: DNS is asked. */
    name?: string;
    reverse_name?: string;
    /** null: the test says hello itself. */
    helo?: string | null;
    tls?: boolean | { version?: string, cipher?: string, bits?: number, sni?: string, client_cert?: { subject?: string, issuer?: string, fingerprint?: string, public_key_fingerprint?: string, verified?: boolean } };
    /** Who has logged in. */
    user?: string;
    mechanism?: string;
  }
  export interface Session {
    banner: Reply;
    greeting: Reply;
    command(line: string): Promise<Reply>;
    helo(name: string): Promise<Reply>;
    ehlo(name: string): Promise<Reply>;
    mail(address: string, parameters?: { [name: string]: any }): Promise<Reply>;
    rcpt(address: string, parameters?: { [name: string]: any }): Promise<Reply>;
    data(message?: Message): Promise<Reply>;
    etrn(domain: string): Promise<Reply>;
    vrfy(address: string): Promise<Reply>;
    rset(): Promise<Reply>;
    quit(): Promise<Reply>;
    send(transaction: Transaction): Promise<Outcome>;
  }
  export interface TestContext {
    smtp(client?: ClientOptions): Promise<Session>;
    send(both: ClientOptions & Transaction): Promise<Outcome>;
    queue(): Promise<QueuedMessage[]>;
    /** What is not mentioned does not exist. */
    dns: {
      a(name: string, addresses: string | string[]): void; aaaa(name: string, addresses: string | string[]): void; mx(name: string, records: string | string[]): void;
      txt(name: string, texts: string | string[]): void; ns(name: string, hosts: string | string[]): void; ptr(address: string, names: string | string[]): void; fail(name: string): void;
    };
    tables: { set(name: string, entries: { [key: string]: string }): void, fail(name: string): void };
    addresses: { set(address: string, standing: 'deliverable' | 'undeliverable' | 'unknown'): void };
    clock: { advance(duration: string): Promise<void>, set(time: string | Date): Promise<void>, now(): Date };
    http: { reply(name: string, answer: any): void, fail(name: string): void };
    events(): { name: string, data: any }[];
  }
  export function test(name: string, body: (context: TestContext) => void | Promise<void>): void;
  export const assert: {
    (condition: any, message?: string): void;
    equal(actual: any, expected: any, message?: string): void;
    notEqual(actual: any, other: any, message?: string): void;
    match(actual: any, pattern: string | RegExp): void;
    accepted(reply: Reply | Outcome, pattern?: string | RegExp): void;
    deferred(reply: Reply | Outcome, pattern?: string | RegExp): void;
    refused(reply: Reply | Outcome, pattern?: string | RegExp): void;
    /** A rule's name, a file, or file:line. */
    decidedBy(reply: Reply | Outcome, rule: string): void;
  };
}
