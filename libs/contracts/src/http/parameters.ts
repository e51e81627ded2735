import Type from 'typebox';

/**
 * The kinds of request parameter. JSON, forms and query strings write the same value differently (`1`, `"1"`, `true`);
 * each kind says which spellings mean the declared type, so that a schema is the only declaration of a parameter.
 *
 * | kind      | declared type  | spellings that are understood                       | anything else                         |
 * | --------- | -------------- | --------------------------------------------------- | ------------------------------------- |
 * | id        | integer        | `12`, `"12"`                                        | `0`, the id that nothing has          |
 * | count     | integer        | non-negative integers, as number or digits          | not understood                        |
 * | flag      | boolean        | `1 "1" true "true" "yes" "on"` (any case) are true  | `false`                               |
 * | toggle    | boolean        | a flag's for true; `0 "0" false "false" "no" "off"` | not understood                        |
 * | exactFlag | boolean        | `1 "1" true "true" "yes"` to the letter are true    | `false`                               |
 * | text      | string         | strings, numbers, booleans                          | not understood (objects, arrays)      |
 * | label     | string or null | strings, numbers, booleans                          | `null`, which is no label             |
 * | filter    | string or null | strings, numbers, booleans                          | `null`, a filter that nothing matches |
 * | any       | unknown        | everything; the handler parses it                   |                                       |
 *
 * A value that is not understood gives the endpoint's `invalid` code for that parameter; without one it counts as absent.
 */
export const PARAMETER_KINDS = [
  'id',
  'count',
  'flag',
  'toggle',
  'exactFlag',
  'text',
  'label',
  'filter',
  'any',
] as const;
export type ParameterKind = (typeof PARAMETER_KINDS)[number];

/** Schema keyword that carries the kind. */
export const PARAMETER_KIND = 'x-parameter-kind';

/** Schema keyword with the JSON Schema of what a parameter of kind `any` accepts, for the API's description. */
export const PARAMETER_ACCEPTS = 'x-parameter-accepts';

/** Identifier of a row: number or digit string. `7abc`, `1e3` and negatives become 0, so they answer "not found". */
export const id = (description: string) =>
  Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER, description, [PARAMETER_KIND]: 'id' });

/** Non-negative integer (paging, unix seconds). */
export const count = (description: string) =>
  Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER, description, [PARAMETER_KIND]: 'count' });

/** Yes or no. */
export const flag = (description: string) =>
  Type.Boolean({
    description: `${description}. \`1\`, \`true\`, \`yes\` and \`on\` are yes, anything else is no`,
    [PARAMETER_KIND]: 'flag',
  });

/** Yes or no of something that exists: what is neither leaves it as it is. */
export const toggle = (description: string) =>
  Type.Boolean({
    description: `${description}. Words are taken as well (\`true\`, \`yes\`, \`on\`, \`false\`, \`no\`, \`off\`); any other value changes nothing`,
    [PARAMETER_KIND]: 'toggle',
  });

/** Yes in one of five spellings; the contract of `WithCounts` calls everything else garbage. */
export const exactFlag = (description: string) =>
  Type.Boolean({ description, [PARAMETER_KIND]: 'exactFlag' });

/** Text, kept as the caller wrote it. */
export const text = (description: string) => Type.String({ description, [PARAMETER_KIND]: 'text' });

/** Text of which a rule decides whether it can be. `null` (an object or array was sent) cannot. */
export const label = (description: string) =>
  Type.Union([Type.String(), Type.Null()], { description, [PARAMETER_KIND]: 'label' });

/** Text that narrows a result. `null` (an object or array was sent) has to match nothing: a filter must never widen. */
export const filter = (description: string) =>
  Type.Union([Type.String(), Type.Null()], { description, [PARAMETER_KIND]: 'filter' });

/** A structured value that its handler parses, with codes of its own. */
export const any = (description: string, accepts: object = {}) =>
  Type.Unknown({ description, [PARAMETER_KIND]: 'any', [PARAMETER_ACCEPTS]: accepts });
