const PLAIN = [
  'event',
  'log-level',
  'domain-id',
  'sender-domain',
  'message-id',
  'method',
  'recipient',
  'recipient-type',
  'envelope.sender',
  'envelope.sending-ip',
  'envelope.targets',
  'message.to-domain',
  'delivery-status.code',
  'delivery-status.enhanced-code',
  'delivery-status.mx-host',
  'delivery-status.mx-ip',
  'bounce.type',
  'bounce.category',
  'severity',
  'reason',
  'tags',
  'list-id',
  'subscriber-id',
  'journey-id',
  'action-id',
  'template-id',
] as const;

/** Texts that are searched by word; their whole value stands beside them, up to 1,024 characters. */
const TEXTS = [
  'message.headers.from',
  'message.headers.to',
  'message.headers.subject',
  'delivery-status.message',
  'delivery-status.description',
] as const;

/** Names by which events can be grouped. */
export const AGGREGATED_FIELDS = [...PLAIN, ...TEXTS] as const;

const INDEXED: ReadonlyMap<string, string> = new Map<string, string>([
  ...PLAIN.map((name) => [name, name] as const),
  ...TEXTS.map((name) => [name, `${name}.keyword`] as const),
]);

/** The indexed field behind a name of {@link AGGREGATED_FIELDS}, in any letter case; `undefined` for any other name. */
export function aggregatedField(name: string): string | undefined {
  return INDEXED.get(name.trim().toLowerCase());
}
