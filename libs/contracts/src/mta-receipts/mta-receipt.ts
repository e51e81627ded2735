import type avsc from 'avsc';
import { MessageCodec } from '../avro/single-object.js';

/** The MTA took a mail in (accounting type `r`): tells mail-sender that a mail in doubt did arrive (`eg.mta-receipts`). */
export interface MtaReceipt {
  userId: number;
  domainId: number;
  messageId: string;
  /** Position of the envelope recipient in the message. */
  recipientNo: number;
  recipient: string;
  /** PowerMTA `timeLogged`, unix milliseconds. */
  loggedAt: number;
}

const v1: avsc.Schema = {
  type: 'record',
  name: 'MtaReceipt',
  namespace: 'email_gateway.mta',
  fields: [
    { name: 'userId', type: 'long' },
    { name: 'domainId', type: 'long' },
    { name: 'messageId', type: 'string' },
    { name: 'recipientNo', type: 'int' },
    { name: 'recipient', type: 'string' },
    { name: 'loggedAt', type: 'long' },
  ],
};

export const mtaReceiptCodec = new MessageCodec<MtaReceipt>([v1]);

export function encodeMtaReceipt(receipt: MtaReceipt): Buffer {
  return mtaReceiptCodec.toBuffer(receipt);
}

/** @throws UndecodableMessage */
export function decodeMtaReceipt(bytes: Buffer): MtaReceipt {
  return mtaReceiptCodec.fromBuffer(bytes);
}
