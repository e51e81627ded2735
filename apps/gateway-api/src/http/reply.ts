import type { Readable } from 'node:stream';

/** Where a request arrived: `/api.php` or `/api/v1`. */
export type Surface = 'legacy' | 'v1';

/** A reply before it meets HTTP. `codes` is what the log and the metrics see; empty for a success. */
export interface Reply {
  readonly status: number;
  readonly contentType: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly text: string | Readable;
  readonly codes: readonly number[];
}

/** A success that is no JSON object. A stream is destroyed when the client goes away. */
export interface RawReply {
  readonly contentType: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly text: string | Readable;
}
