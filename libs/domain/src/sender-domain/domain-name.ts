const LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
const RECORD_LABEL = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/;
const OVERRIDE = /^[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?$/i;
const ALL_DIGITS = /^\d+$/;

/** Octets of a host name in text form, without the trailing dot (RFC 1035, 2.3.4). */
export const MAX_HOST_LENGTH = 253;

/** Octets of one label (RFC 1035, 2.3.4). */
const MAX_LABEL_LENGTH = 63;

/** What may stand between the tracking prefix and the subdomain. */
export const TRACK_MERGES = ['-', '.', ''] as const;
export type TrackMerge = (typeof TRACK_MERGES)[number];

export const isTrackMerge = (text: string): text is TrackMerge =>
  TRACK_MERGES.some((merge) => merge === text);

/** What may not stand in a host of any script before it is mapped: such a symbol would end the host or be decoded there. */
// oxlint-disable-next-line no-control-regex
const OTHER_ASCII = /[\0-,/:-@[-^`{-\x7f]/;
/** What the mapping of IDNA leaves out without a word (UTS #46, "ignored"); joiners are kept and checked by it. */
const UNSEEN = /[\p{Cc}[\p{Default_Ignorable_Code_Point}--[\u200c\u200d]]]/v;
const BLANKS = new Set(['\t', '\n', '\f', '\r', ' ']);
/** Characters that a host can be written with; mapping longer texts would keep everybody waiting. */
const MOST_WRITTEN = 4 * MAX_HOST_LENGTH;

/** Maps a host to punycode (UTS #46); answers an empty text when there is none. */
export type ToAscii = (host: string) => string;

/** Without the blanks of ASCII around; in linear time, as an expression for both ends is not. */
export const withoutBlanksAround = (text: string): string => {
  let [start, end] = [0, text.length];
  while (start < end && BLANKS.has(text.charAt(start))) start += 1;
  while (end > start && BLANKS.has(text.charAt(end - 1))) end -= 1;
  return text.slice(start, end);
};

/** A host of any script in ASCII and lower case. Undefined when the mapping has none, or would leave something out. */
export const asciiHostOf = (written: string, toAscii: ToAscii): string | undefined => {
  if (written.length > MOST_WRITTEN || OTHER_ASCII.test(written) || UNSEEN.test(written)) return undefined;
  // oxlint-disable-next-line no-control-regex
  const ascii = /^[\x00-\x7f]*$/.test(written) ? written.toLowerCase() : toAscii(written);
  return ascii === '' ? undefined : ascii;
};

/**
 * The one spelling under which a sender domain is looked up and stored, of a name in any script: ASCII, lower case,
 * without surrounding blanks and one trailing dot. Undefined when it cannot be a sender domain.
 */
export const domainNameOf = (text: string, toAscii: ToAscii): string | undefined => {
  const name = asciiHostOf(withoutBlanksAround(text), toAscii)?.replace(/\.$/, '');
  return name !== undefined && isDomainName(name) ? name : undefined;
};

/** Lower case, no surrounding white space, no trailing dot. Punycode is the caller's work. */
export const normalizeDomainName = (text: string): string => text.trim().toLowerCase().replace(/\.$/, '');

/**
 * Whether a normalized name can be a sender domain: at least two labels of letters, digits and inner
 * hyphens; no address literal (a last label of digits alone is never a top-level domain, RFC 3696, 2);
 * nothing under `localhost`.
 */
export const isDomainName = (name: string): boolean => {
  const labels = name.split('.');
  const top = labels.at(-1) ?? '';
  return (
    name.length <= MAX_HOST_LENGTH &&
    labels.length >= 2 &&
    labels.every((label) => LABEL.test(label)) &&
    !ALL_DIGITS.test(top) &&
    top !== 'localhost'
  );
};

/** Subdomain and TrackPrefix: letters, digits, inner hyphens, at most 32 characters. */
export const isSubdomainLabel = (text: string): boolean => OVERRIDE.test(text);

/** Whether each label of a host that we put together still fits into DNS. */
export const labelsFit = (host: string): boolean =>
  host.split('.').every((label) => label.length <= MAX_LABEL_LENGTH);

/** Whether a lower-case host can have a record: labels as in a host name, and underscores (`_dmarc`, RFC 8552). */
export const isRecordHost = (host: string): boolean =>
  host.length <= MAX_HOST_LENGTH && host.split('.').every((label) => RECORD_LABEL.test(label));
