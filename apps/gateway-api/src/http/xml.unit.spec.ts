import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { readXml } from '../contract/xml-reader.js';
import { toXml } from './xml.js';

const codePoint = fc.string({ unit: 'binary', minLength: 1, maxLength: 1 });

describe('XML replies', () => {
  const inside = (body: Record<string, unknown>) =>
    toXml(body).replace('<?xml version="1.0" encoding="utf-8"?>\n<response>', '').replace('</response>', '');

  it('wraps scalars in CDATA, words for booleans, node_N for members', () => {
    expect(inside({ Success: true, ErrorCode: 0, Ids: [7, 'x'], Empty: [], Null: null })).toBe(
      '<Success><![CDATA[true]]></Success><ErrorCode><![CDATA[0]]></ErrorCode>' +
        '<Ids><node_0><![CDATA[7]]></node_0><node_1><![CDATA[x]]></node_1></Ids><Empty></Empty><Null></Null>',
    );
  });
  it('cannot be broken out of', () => {
    expect(inside({ a: ']]><evil/>' })).toBe('<a><![CDATA[]]]]><![CDATA[><evil/>]]></a>');
    expect(inside({ 'x><evil a="': 1 })).toBe('<item name="x>&lt;evil a=&quot;"><![CDATA[1]]></item>');
    expect(inside({ a: 'b\u0000\u001bc\n' })).toBe('<a><![CDATA[bc\n]]></a>');
  });
  it('is well-formed for every key and value', () => {
    const text = fc.string({
      unit: fc.oneof(fc.constantFrom('a', '1', '<', '&', '"', ']', '>', '\0', '\n'), codePoint),
    });
    fc.assert(
      fc.property(fc.dictionary(text, text, { minKeys: 1 }), (members) => {
        const xml = toXml(members);
        expect(() => readXml(xml)).not.toThrow();
        // oxlint-disable-next-line no-control-regex
        expect(xml).not.toMatch(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/);
      }),
    );
  });
  it('names hosts that are no XML names', () => {
    expect(inside({ 'mail.example.com': 1, '_dmarc.a.b': 2, '1a.example.com': 3 })).toBe(
      '<mail.example.com><![CDATA[1]]></mail.example.com><_dmarc.a.b><![CDATA[2]]></_dmarc.a.b>' +
        '<item name="1a.example.com"><![CDATA[3]]></item>',
    );
  });
  it('writes lists of lists, lists of objects, nested empty ones and nothing for what is absent', () => {
    expect(inside({ a: [['x'], [], {}], b: { c: [{ d: null }], e: {} }, f: undefined, g: false })).toBe(
      '<a><node_0><node_0><![CDATA[x]]></node_0></node_0><node_1></node_1><node_2></node_2></a>' +
        '<b><c><node_0><d></d></node_0></c><e></e></b><g><![CDATA[false]]></g>',
    );
  });
  it('leaves out control characters and keeps everything else', () => {
    const text = '\u0000\u0001\u0008\u000b\u000c\u001f\ufffe\uffffx\t\r\n äö🚀';
    expect(inside({ a: text, '\u0001k': 1 })).toBe(
      '<a><![CDATA[x\t\r\n äö🚀]]></a><item name="k"><![CDATA[1]]></item>',
    );
  });
});
