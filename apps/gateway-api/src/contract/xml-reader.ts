export type XmlTree = string | { [name: string]: XmlTree };

const TOKEN =
  /<!\[CDATA\[([\s\S]*?)\]\]>|<(\/?)([A-Za-z_][\w.-]*)((?:\s+[\w.-]+="(?:[^"<&]|&(?:amp|lt|quot);)*")*)\s*>|([^<]+)/y;

/**
 * Reads the XML of a reply: root `response`, texts only in CDATA. Adjacent CDATA sections are one text.
 * @throws when it is no such document
 */
export function readXml(text: string): { [name: string]: XmlTree } {
  const body = text.replace(/^<\?xml [^>]*\?>\s*/, '');
  const root: { [name: string]: XmlTree } = {};
  const open: { name: string; members: { [name: string]: XmlTree }; text: string }[] = [
    { name: '', members: root, text: '' },
  ];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < body.length) {
    const at = TOKEN.lastIndex;
    const match = TOKEN.exec(body);
    if (match === null) throw new Error(`no XML at ${at}: ${body.slice(at, at + 80)}`);
    const [, data, closing, name = '', , bare] = match;
    const top = open.at(-1);
    if (top === undefined) throw new Error('text after the root');
    if (bare !== undefined) throw new Error(`text outside CDATA: ${bare}`);
    if (data !== undefined) top.text += data;
    else if (closing === '') open.push({ name, members: {}, text: '' });
    else {
      if (top.name !== name) throw new Error(`${name} closes ${top.name}`);
      open.pop();
      const parent = open.at(-1);
      if (parent !== undefined)
        parent.members[name] = Object.keys(top.members).length > 0 ? top.members : top.text;
    }
  }
  const { response } = root;
  if (open.length !== 1 || typeof response !== 'object') throw new Error('the root is not one response');
  return response;
}
