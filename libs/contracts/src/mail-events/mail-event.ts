import { MessageCodec } from '../avro/single-object.js';
import { mailEventSchemas } from './mail-event.schema.js';
import type { MailEventName } from './vocabulary.js';

/** What the recipient's server, or ours, answered. Empty string = not known. */
export interface DeliveryStatus {
  /** Basic SMTP reply code, 200..599. */
  code: number | null;
  /** RFC 3463 enhanced status code, `5.1.1`. */
  enhancedCode: string;
  /** The reply text as logged (PowerMTA `dsnDiag` without its type). */
  message: string;
  /** PowerMTA's own phrase for the status (`dsnStatus` in brackets). */
  description: string;
  mxHost: string;
  mxIp: string;
  /** Seconds from the first attempt (else from queueing) to the outcome. */
  sessionSeconds: number | null;
}

/** `block`: refused for content, policy or reputation; the address itself may be good. */
export type BounceType = 'hard' | 'soft' | 'block';

/**
 * One fact in the life of one message for one recipient, as it travels on Kafka (`eg.mail-events`).
 * Empty string = not known; numbers that may be unknown are null.
 */
export interface MailEvent {
  /** Deterministic, see `mailEventId`. */
  id: string;
  event: MailEventName;
  /** Immutable event time, unix milliseconds. */
  loggedAt: number;
  userId: number;
  domainId: number;
  senderDomain: string;
  /** The UUID that the send call returned. */
  messageId: string;
  /** Envelope recipient. */
  recipient: string;
  recipientType: 'to' | 'cc' | 'bcc' | '';
  method: 'api' | 'smtp' | '';
  /** Header texts in readable form. */
  from: string;
  to: string;
  subject: string;
  tags: string[];
  envelopeSender: string;
  sendingIp: string;
  /** Message size in bytes. */
  size: number | null;
  /** Unix milliseconds at which the gateway accepted the message. */
  queuedAt: number | null;
  delivery: DeliveryStatus | null;
  bounce: { type: BounceType; category: string } | null;
  /** Why a recipient was rejected, or the feedback type of a complaint. */
  reason: string;
  /** What the mail was sent for: ids of the owner's rows. Null, or absent in an event that is being made, when for none. */
  templateId?: number | null;
  listId?: number | null;
  subscriberId?: number | null;
  journeyId?: number | null;
  actionId?: number | null;
}

export const mailEventCodec = new MessageCodec<MailEvent>(mailEventSchemas);

/** Avro single-object bytes of the event. */
export function encodeMailEvent(event: MailEvent): Buffer {
  return mailEventCodec.toBuffer(event);
}

/** @throws UndecodableMessage */
export function decodeMailEvent(bytes: Buffer): MailEvent {
  return mailEventCodec.fromBuffer(bytes);
}
