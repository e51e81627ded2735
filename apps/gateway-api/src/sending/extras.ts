import type { ApiError } from '#contracts/errors/catalogue';
import type { MessageAttachment } from '#contracts/sending/message-content';
import { isWritableField } from '#contracts/sending/header-fields';
import { isReservedField } from '#contracts/sending/reserved-fields';
import { lowerCaseKeys } from '../http/request-parameters.js';
import { malformed } from './errors.js';
import { isHeaderSafe, isObject, structured } from './given.js';

/** Header fields that the mail itself defines. A caller's own are left out, as the reserved ones are. */
const DEFINED_BY_MAIL = new Set([
  'from',
  'to',
  'cc',
  'bcc',
  'subject',
  'date',
  'message-id',
  'mime-version',
  'dkim-signature',
  'received',
]);
const FIELD_NAME = /^[\x21-\x39\x3b-\x7e]{1,76}$/;
const MOST_FIELDS = 50;
const MOST_FIELD_CHARACTERS = 4000;
const MOST_TAGS = 50;
const MOST_TAG_CHARACTERS = 255;
const MOST_ATTACHMENTS = 100;
const MEDIA_TYPE = /^[a-z0-9!#$&^_.+-]{1,80}\/[a-z0-9!#$&^_.+-]{1,80}$/i;
const CONTENT_ID = /^[\x21-\x3b\x3d\x3f-\x7e]{1,200}$/;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
/** The last second of the year 9999, the last that MySQL stores. */
const LAST_SECOND = 253_402_300_799;

/** The caller's header fields that travel with the mail. */
export function readHeaders(
  value: unknown,
  hasReplyTo: boolean,
  errors: Set<ApiError>,
): Record<string, string> {
  const object = structured(value);
  // PHP callers send an empty map as an empty list.
  if (Array.isArray(object) && object.length === 0) return {};
  if (!isObject(object)) {
    errors.add(malformed('Headers must be an object of names and values'));
    return {};
  }
  const entries = Object.entries(object);
  if (entries.length > MOST_FIELDS) errors.add(malformed(`Headers may have at most ${MOST_FIELDS} members`));
  const headers: [string, string][] = [];
  for (const [name, content] of entries) {
    const field = typeof content === 'number' || typeof content === 'boolean' ? String(content) : content;
    if (!FIELD_NAME.test(name)) errors.add(malformed('Headers has a name that is no header name'));
    else if (typeof field !== 'string' || !isHeaderSafe(field) || field.length > MOST_FIELD_CHARACTERS) {
      errors.add(malformed(`Headers has a value that no header may carry (${name})`));
    } else if (isDefinedByMail(name.toLowerCase(), hasReplyTo)) continue;
    else if (isWritableField(name, field)) headers.push([name, field]);
    else errors.add(malformed(`Headers has a value that ${name} cannot carry: too long, or beyond ASCII`));
  }
  return Object.fromEntries(headers);
}

function isDefinedByMail(name: string, hasReplyTo: boolean): boolean {
  return (
    DEFINED_BY_MAIL.has(name) ||
    isReservedField(name) ||
    name.startsWith('content-') ||
    (hasReplyTo && name === 'reply-to')
  );
}

export function readTags(value: unknown, errors: Set<ApiError>): string[] {
  const given = structured(value);
  const list: unknown[] = Array.isArray(given) ? given : [given];
  const tags = list
    .map((tag) => (typeof tag === 'number' ? String(tag) : tag))
    .filter((tag) => typeof tag === 'string')
    .map((tag) => tag.trim())
    .filter((tag) => tag !== '' && isHeaderSafe(tag) && tag.length <= MOST_TAG_CHARACTERS);
  if (tags.length < list.length || tags.length > MOST_TAGS) {
    errors.add(
      malformed(`Tags must be at most ${MOST_TAGS} texts of 1 to ${MOST_TAG_CHARACTERS} characters`),
    );
  }
  return [...new Set(tags)];
}

export function readAttachments(value: unknown, errors: Set<ApiError>): MessageAttachment[] {
  const list = structured(value);
  if (!Array.isArray(list) || list.length > MOST_ATTACHMENTS) {
    errors.add(malformed(`Attachments must be an array of at most ${MOST_ATTACHMENTS} members`));
    return [];
  }
  return list
    .map((member, position) => readAttachment(member, position, errors))
    .filter((read) => read !== undefined);
}

function readAttachment(
  member: unknown,
  position: number,
  errors: Set<ApiError>,
): MessageAttachment | undefined {
  const refuse = (what: string) => {
    errors.add(malformed(`Attachments[${position}] ${what}`));
    return undefined;
  };
  const object = lowerCaseKeys(member);
  if (!isObject(object)) return refuse('is no object');
  const { filename, content, type = '', disposition = '', contentid = '' } = object;
  if (
    typeof filename !== 'string' ||
    filename.trim() === '' ||
    filename.length > 255 ||
    !isHeaderSafe(filename)
  ) {
    return refuse('has no usable filename');
  }
  if (typeof content !== 'string') return refuse('has no content');
  const base64 = content.replace(/\s+/g, '');
  if (!BASE64.test(base64)) return refuse('has content that is not base64');
  if (typeof type !== 'string' || (type !== '' && !MEDIA_TYPE.test(type)))
    return refuse('has a type that is no media type');
  if (typeof disposition !== 'string' || !['', 'attachment', 'inline'].includes(disposition.toLowerCase())) {
    return refuse('has a disposition that is neither attachment nor inline');
  }
  const id = typeof contentid === 'string' ? contentid.trim().replace(/^<(.*)>$/, '$1') : undefined;
  if (id === undefined || (id !== '' && !CONTENT_ID.test(id)))
    return refuse('has a contentid that no header may carry');
  return {
    filename: filename.trim(),
    content: base64,
    type: type === '' ? 'application/octet-stream' : type.toLowerCase(),
    disposition:
      disposition.toLowerCase() === 'inline' || (disposition === '' && id !== '') ? 'inline' : 'attachment',
    contentId: id,
  };
}

/** Unix milliseconds at which the mail is due; `now` for an instant that has passed. */
export function readSendAt(value: unknown, now: number, errors: Set<ApiError>): number {
  const ms = instant(value);
  if (ms === undefined) errors.add(malformed('SendAt must be unix seconds, or YYYY-MM-DD HH:MM:SS in UTC'));
  return Math.max(now, ms ?? now);
}

function instant(value: unknown): number | undefined {
  const text = typeof value === 'number' || typeof value === 'string' ? String(value).trim() : '';
  if (/^[0-9]{1,12}$/.test(text)) return Number(text) <= LAST_SECOND ? Number(text) * 1000 : undefined;
  const match = /^(\d{4}-\d{2}-\d{2}) (\d{2}:\d{2}:\d{2})$/.exec(text);
  if (match === null) return undefined;
  const ms = Date.parse(`${match[1]}T${match[2]}Z`);
  // Date.parse rolls 30 February over into March.
  return Number.isNaN(ms) || !new Date(ms).toISOString().startsWith(match[1] ?? '') ? undefined : ms;
}
