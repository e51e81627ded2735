/** `to-domain` → `ToDomain`. */
export function pascal(key: string): string {
  return key
    .split('-')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('');
}

type Pascal<Key extends string> = Key extends `${infer Head}-${infer Tail}`
  ? `${Capitalize<Head>}${Pascal<Tail>}`
  : Capitalize<Key>;

/** The type with {@link pascal} applied to its keys at every depth. */
export type PascalKeys<T> = T extends readonly unknown[]
  ? T
  : T extends object
    ? { [Key in keyof T & string as Pascal<Key>]: PascalKeys<T[Key]> }
    : T;
