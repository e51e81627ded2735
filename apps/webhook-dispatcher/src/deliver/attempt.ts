import { randomBytes } from 'node:crypto';
import type { EventDocument } from '#contracts/search/event-document';
import { buildWebhookRequest, type WebhookRequest } from '#contracts/webhooks/webhook-request';
import type { SecretBox } from '#platform/crypto/secret-box';
import { hostOf, type TargetClient, type TargetReply } from '../targets/target-client.js';
import type { Delivery, Outcome } from './delivery.js';
import { dropReason, judge } from './verdict.js';

/** How long a delivery waits when it can't be prepared for a fault of ours, such as a wrong master key. */
const DEFER_MS = 60_000;

/** 38 bytes make 51 characters, of which the documented 50 are used: about 300 bits. */
const TOKEN_BYTES = 38;
const TOKEN_CHARACTERS = 50;

export interface AttemptResult {
  outcome: Outcome;
  /** Null when no request was made. */
  reply: TargetReply | null;
  /** Set when the delivery could not be prepared. */
  fault: unknown;
}

/** Makes one attempt: decides whether it is still wanted, signs it with the key of this moment, sends it, judges it. */
export class Attempts {
  constructor(
    private readonly options: {
      client: TargetClient;
      secrets: SecretBox;
      /** Key of domains that never rotated theirs. */
      legacyKey: string;
      scheduleS: readonly number[];
      random: () => number;
    },
  ) {}

  /** Never rejects. @param token fencing token of the shard */
  async make(delivery: Delivery, token: number): Promise<AttemptResult> {
    const unwanted = dropReason(delivery);
    if (unwanted !== undefined || delivery.url === null) {
      const reason = unwanted ?? 'the webhook was deleted';
      return unsent({ delivery, verdict: { state: 'dropped', reason }, attempt: null, error: reason, token });
    }
    let message: WebhookRequest;
    const at = Date.now();
    try {
      message = this.#sign(delivery, at);
    } catch (fault) {
      const error = 'the request could not be prepared, see the log';
      const verdict = { state: 'pending', delayMs: DEFER_MS } as const;
      return unsent({ delivery, verdict, attempt: null, error, token }, fault);
    }
    const reply = await this.options.client.post(delivery.url, message);
    const number = delivery.attempts + 1;
    const verdict = judge(reply, number, {
      scheduleS: this.options.scheduleS,
      nowMs: Date.now(),
      random: this.options.random(),
    });
    const { status, durationMs, error } = reply;
    const attempt = { number, at, host: hostOf(delivery.url), status, durationMs };
    return { outcome: { delivery, verdict, attempt, error, token }, reply, fault: undefined };
  }

  #sign({ payload, signingKeyCipher }: Delivery, nowMs: number): WebhookRequest {
    return buildWebhookRequest({
      event: JSON.parse(payload) as EventDocument,
      key: signingKeyCipher ? this.options.secrets.open(signingKeyCipher) : this.options.legacyKey,
      nowMs,
      token: randomBytes(TOKEN_BYTES).toString('base64url').slice(0, TOKEN_CHARACTERS),
    });
  }
}

function unsent(outcome: Outcome, fault?: unknown): AttemptResult {
  return { outcome, reply: null, fault };
}
