
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
