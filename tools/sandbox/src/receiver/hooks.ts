import { checkSignatures, type Headers, type SignatureChecks } from './signature.js';

/** How a hook answers. */
export interface Behaviour {
  status: number;
  /** Number of further requests it holds for, then 200 at once; undefined: until it is changed. */
  times?: number | undefined;
  /** Wait before the answer, in milliseconds. */
  delayMs: number;
  headers: Record<string, string>;
}

/** A request as `GET /hook/<name>` shows it. */
export interface KeptRequest {
  /** ISO 8601, UTC, with milliseconds: when its body was there. */
  receivedAt: string;
  method: string;
  path: string;
  headers: Headers;
  body: string;
  /** True when every signature holds, false when one doesn't, null while the hook has no key. */
  verified: boolean | null;
  /** Which signatures hold; null like `verified`. */
  checks: SignatureChecks | null;
  /** The status it was answered with, or will be after the wait. */
  status: number;
}

interface Kept {
  request: KeptRequest;
  body: Buffer;
}

interface Hook {
  kept: Kept[];
  key: string | undefined;
  behaviour: Behaviour | undefined;
}

const ANSWER_OK: Behaviour = { status: 200, delayMs: 0, headers: {} };

/** The hooks by name: what each received, its key and its behaviour. In memory, bounded, the oldest requests go. */
export class Hooks {
  private readonly hooks = new Map<string, Hook>();
  private bytes = 0;

  /**
   * @param maxRequests requests kept of one hook.
   * @param maxBytes bodies kept of all hooks together.
   * @param maxHooks names; the one that was first used goes.
   */
  constructor(
    private readonly maxRequests = 50_000,
    private readonly maxBytes = 268_435_456,
    private readonly maxHooks = 10_000,
  ) {}

  /** Keeps a request, verifies it when there is a key, and says how to answer it. */
  receive(name: string, request: Pick<KeptRequest, 'method' | 'path' | 'headers'>, body: Buffer): Behaviour {
    const hook = this.hook(name);
    const behaviour = this.nextBehaviour(hook);
    const kept: Kept = {
      body,
      request: {
        receivedAt: new Date().toISOString(),
        ...request,
        body: body.toString('utf8'),
        verified: null,
        checks: null,
        status: behaviour.status,
      },
    };
    verify(kept, hook.key);
    hook.kept.push(kept);
    this.bytes += body.length;
    while (hook.kept.length > this.maxRequests || (this.bytes > this.maxBytes && hook.kept.length > 1)) {
      this.bytes -= hook.kept.shift()?.body.length ?? 0;
    }
    return behaviour;
  }

  /** Oldest first. */
  list(name: string): KeptRequest[] {
    return this.hooks.get(name)?.kept.map(({ request }) => request) ?? [];
  }

  setBehaviour(name: string, behaviour: Behaviour): void {
    this.hook(name).behaviour = behaviour;
  }

  /** From now on requests are verified with this key, and so are those kept before there was any. */
  setKey(name: string, key: string): void {
    const hook = this.hook(name);
    hook.key = key;
    for (const kept of hook.kept) if (kept.request.verified === null) verify(kept, key);
  }

  /** Requests, key and behaviour. Returns the number of requests forgotten. */
  forget(name: string): number {
    const kept = this.hooks.get(name)?.kept ?? [];
    for (const { body } of kept) this.bytes -= body.length;
    this.hooks.delete(name);
    return kept.length;
  }

  private hook(name: string): Hook {
    const known = this.hooks.get(name);
    if (known !== undefined) return known;
    const hook: Hook = { kept: [], key: undefined, behaviour: undefined };
    this.hooks.set(name, hook);
    if (this.hooks.size > this.maxHooks) {
      const first = this.hooks.keys().next();
      if (first.done !== true) this.forget(first.value);
    }
    return hook;
  }

  private nextBehaviour(hook: Hook): Behaviour {
    const { behaviour } = hook;
    if (behaviour === undefined) return ANSWER_OK;
    if (behaviour.times === undefined) return behaviour;
    if (behaviour.times === 0) return ANSWER_OK;
    hook.behaviour = { ...behaviour, times: behaviour.times - 1 };
    return behaviour;
  }
}

function verify(kept: Kept, key: string | undefined): void {
  if (key === undefined) return;
  const checks = checkSignatures(key, kept.request.headers, kept.body);
  kept.request.checks = checks;
  kept.request.verified = Object.values(checks).every(Boolean);
}
