// What a policy can import and what its functions get. Editors read this file; the server does not.

declare module 'policymta' {
  /** What a rule says. Made only by the functions below. */
  export interface Verdict { readonly __verdict: unique symbol }
  /** A restriction of a plugin, ready to stand in a list. */
  export interface Restriction { readonly __restriction: unique symbol }
  /** A duration: '50ms', '2s', '5m', '1h', '1d'. */
  export type Duration = string;

  export type Answer = Verdict | Verdict[] | null | undefined | void;
  export type RuleFunction<C = Context> = (context: C) => Answer | Promise<Answer>;
  export type Rule = Restriction | RuleFunction<any>;

  export interface RefusalOptions { code?: number; status?: string }

  export function reject(text?: string, options?: RefusalOptions): Verdict;
  export function defer(text?: string, options?: RefusalOptions): Verdict;
  export function disconnect(text?: string, options?: { code?: 421 | 521 }): Verdict;
  export function defer_if_permit(text?: string): Verdict;
  export function defer_if_reject(text?: string): Verdict;
  export const permit: { (): Verdict; /** In relay.js: lets the recipient be relayed. */ relay(why: string): Verdict };
  export function dunno(): Verdict;
  export function discard(why?: string): Verdict;
  export function redirect(address: string): Verdict;
  export function bcc(address: string): Verdict;
  export function filter(destination: string): Verdict;
  export function prepend(field: string): Verdict;
  export function hold(why: string, options?: { name?: string; expire?: Duration }): Verdict;
  export function delay(duration: Duration): Verdict;
  export function warn(text: string): Verdict;
  export function info(text: string): Verdict;

  /** Names a function and says what its failure means; without it a failing rule defers. */
  export function rule(fn: RuleFunction<any>, options?: { name?: string; fallback?: 'defer' | 'dunno' | 'reject'; budget?: Duration }): Rule;
  /** In end_of_data.js and local_submission.js: decides recipient by recipient. */
  export function per_recipient(fn: RuleFunction<EndOfDataContext>): Rule;
  /** Logs what the rule would refuse, and goes on. */
  export function warn_if_reject(rule: Rule): Rule;
  /** The restrictions of the loaded plugins, by their Postfix names. */
  export const restrictions: { readonly [name: string]: (...args: any[]) => Restriction };

  export interface Client {
    ip: string; port: number; name: string; reverse_name: string;
    /** The /24 or /64. */ network: string; proxied_by: string | null; in_my_networks: boolean;
  }
  export interface Server { ip: string; port: number; name: string }
  export interface Session { id: string; /** Hash of the policies. */ policy: string; /** Kept for the session, as JSON. */ vars: any }
  export interface Helo { name: string; esmtp: boolean }
  export interface ClientCertificate { subject: string; issuer: string; fingerprint: string; public_key_fingerprint: string; verified: boolean }
  export interface Tls { version: string; cipher: string; bits: number; sni: string | null; client_cert: ClientCertificate | null }
  export interface Sasl { user: string; mechanism: string }
  /** The domain is in lower case; the null sender has the address ''. */
  export interface Sender { address: string; local: string; domain: string; extension: string }
  export interface Mail {
    size: number | null; body: '7bit' | '8bitmime' | 'binarymime' | null; smtputf8: boolean;
    ret: 'full' | 'hdrs' | null; envid: string | null; requiretls: boolean; auth: string | null;
  }
  export interface Recipient extends Sender {
    class: 'default' | 'local' | 'virtual_alias' | 'virtual_mailbox' | 'relay';
    notify: ('never' | 'success' | 'failure' | 'delay')[]; orcpt: string | null;
  }
  export interface AuthenticationResult { result: string; reason: string | null; properties: { [name: string]: string } }
  export interface Results {
    spf: AuthenticationResult | null; dkim: AuthenticationResult | null; dmarc: AuthenticationResult | null;
    arc: AuthenticationResult | null; iprev: AuthenticationResult | null;
    /** 'spam' or 'ham', with the properties score, required and tests. */
    spamassassin: AuthenticationResult | null;
    /** The action rspamd asked for, with the properties score, required and symbols. */
    rspamd: AuthenticationResult | null;
    /** 'clean' or 'infected', with the property name. */
    clamav: AuthenticationResult | null;
  }
  export interface Message {
    size: number;
    /** Unfolded, not decoded. */
    headers: { name: string; value: string }[];
    header(name: string): string | null;
    /** The text body, at most so many characters. */
    text(max?: number): string;
    add_header(name: string, value: string, options?: { top?: boolean }): void;
    /** Replaces the n-th field of that name, from 1; adds it when there are fewer. */
    change_header(name: string, value: string, occurrence?: number): void;
    /** Removes every field of that name; gives the number removed. */
    remove_header(name: string): number;
  }

  /** Numbers returned are seconds. What can't be said for now throws, which defers. */
  export interface Context {
    client: Client; server: Server; listener: string; session: Session;
    helo: Helo | null; tls: Tls | null; sasl: Sasl | null;
    lookup(table: string, key: string, as?: 'exact' | 'address' | 'host'): Promise<string | null>;
    dns: {
      a(name: string): Promise<string[]>; aaaa(name: string): Promise<string[]>;
      mx(name: string): Promise<{ preference: number; host: string }[]>;
      txt(name: string): Promise<string[]>; ptr(ip: string): Promise<string[]>;
      tlsa(name: string): Promise<{ usage: number; selector: number; matching_type: number; data: string }[]>;
    };
    dnsbl(zone: string, what: string): Promise<{ listed: boolean; codes: string[]; text: string | null }>;
    rate(key: string, limit: string, options?: { cost?: number; count?: 'now' | 'accepted' }): Promise<{ over: boolean; used: number; retry_after: number }>;
    distinct(key: string, value: string, window: Duration): Promise<number>;
    greylist(key: string, options: { delay: Duration }): Promise<{ wait: boolean; seconds: number }>;
    counter(key: string): { get(): Promise<number>; add(n: number): Promise<number>; set(n: number, options?: { ttl: Duration }): Promise<void> };
    /** What the next hop says to RCPT, remembered; 'unknown' while it is being asked, and when it could not say. */
    verify_address(address: string): Promise<'deliverable' | 'undeliverable' | 'unknown'>;
    score(symbol: string, points: number): void;
    message_score: number;
    log: { info(text: string): void; warn(text: string): void };
    now(): number; random(): number;
    /** What is left of the rule's budget when it is first read. */
    deadline: number;
  }
  /** In etrn.js: the domain whose mail is asked for. The delayed lists of client and helo are asked at ETRN too, without recipient and sender. */
  export interface EtrnContext extends Context { argument: string }
  export interface SenderContext extends Context { sender: Sender; mail: Mail; results: Results }
  export interface RecipientContext extends SenderContext { recipient: Recipient }
  export interface DataContext extends SenderContext { recipient: Recipient | null; recipients: Recipient[]; recipient_count: number }
  export interface EndOfDataContext extends DataContext { message: Message }
  /** In local_submission.js: mail from sendmail. */
  export interface LocalSubmissionContext extends EndOfDataContext { user: { name: string; uid: number } }
}
