/** Who a request speaks for. Everything in it was read from MySQL for this very request; nothing in it is a secret. */
export interface UserCaller {
  readonly kind: 'user';
  readonly userId: number;
}

/** The holder of a sender key: one domain and the user who owns it. */
export interface SenderCaller {
  readonly kind: 'sender';
  readonly userId: number;
  readonly domainId: number;
  readonly apiKeyId: number;
  /** Lower-case name of the domain, such as `example.com`. */
  readonly domain: string;
  /** Status of the domain at the time of the request (`Enabled`, `Approval Pending`, …). */
  readonly domainStatus: string;
  /** The domain's options as stored (`LinkTracking`, `OpenTracking`, …). */
  readonly domainOptions: Readonly<Record<string, unknown>>;
}

export interface AdminCaller {
  readonly kind: 'admin';
}

/** Anyone; a login has no credential yet. */
export interface AnonymousCaller {
  readonly kind: 'anonymous';
  /** IP address that the request came from. */
  readonly address: string;
}

export interface Callers {
  readonly user: UserCaller;
  readonly sender: SenderCaller;
  readonly admin: AdminCaller;
  readonly anonymous: AnonymousCaller;
}

export type Credential = keyof Callers;
export type Caller = Callers[Credential];

export function isCaller<C extends Credential>(credential: C, caller: Caller): caller is Callers[C] {
  return caller.kind === credential;
}
