import { describe, expect, it } from '@jest/globals';

import { firstHeader, headerFields } from './headers.js';

describe('header fields of a raw mail', () => {
  it('unfolds, keeps encoded words and order, and stops at the body', () => {
    const raw = Buffer.from(
      'X-A: 1\r\nSubject: =?utf-8?Q?a?=\r\n =?utf-8?Q?b?=\r\nx-a:2\r\nEmpty:\r\n\r\nX-Body: no\r\n',
    );
    expect(headerFields(raw)).toEqual([
      { name: 'X-A', value: '1' },
      { name: 'Subject', value: '=?utf-8?Q?a?= =?utf-8?Q?b?=' },
      { name: 'x-a', value: '2' },
      { name: 'Empty', value: '' },
    ]);
  });

  it('takes the first of a name in any letter case', () => {
    const fields = headerFields(Buffer.from('x-eg-REF: r1\nX-EG-Ref: r2\n\nX-Other: body'));
    expect(firstHeader(fields, 'X-EG-Ref')).toBe('r1');
    expect(firstHeader(fields, 'X-Other')).toBeUndefined();
  });

  it('reads UTF-8, leaves out lines that are no field, and takes a mail without a body', () => {
    expect(headerFields(Buffer.from('no field here\r\nTo: jörg@x.test'))).toEqual([
      { name: 'To', value: 'jörg@x.test' },
    ]);
    expect(headerFields(Buffer.from('\r\nTo: in the body\r\n\r\n'))).toEqual([]);
  });
});
