import { hash } from 'node:crypto';
import { put } from './bytes.js';

const VERSION = Buffer.from('1\n');
const LINE_END = 0x0a;
/** Hexadecimal digits of an id. */
export const ID_LENGTH = 32;

/** `mailEventId` from bytes; it must say what that function says. */
export class EventIds {
  private readonly input = Buffer.alloc(1_024);
  /** Its beginnings by their length: a view each time costs a tenth of the hash. */
  private readonly inputs: (Buffer | undefined)[] = new Array<Buffer | undefined>(1_024).fill(undefined);
  private factsLength = 0;
  private hex = '';

  constructor() {
    VERSION.copy(this.input);
  }

  /** @param recipient printable ASCII in its first `length` bytes, at most 320 */
  begin(messageId: Buffer, recipient: Buffer, length: number): void {
    const { input } = this;
    let at = put(messageId, input, VERSION.length);
    input[at++] = LINE_END;
    for (let index = 0; index < length; index += 1) {
      const byte = recipient[index] as number;
      input[at++] = byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte;
    }
    input[at++] = LINE_END;
    this.factsLength = at;
  }

  /**
   * Of this event of the message and recipient.
   *
   * @param cause nothing for an outcome of the transport, see `EventCause`
   */
  digest(event: Buffer, cause: Buffer): void {
    const { input, inputs } = this;
    const end = put(event, input, this.factsLength);
    input[end] = LINE_END;
    const length = put(cause, input, end + 1);
    this.hex = hash('sha256', (inputs[length] ??= input.subarray(0, length)), 'hex');
  }

  /** Writes an id of the digest. @param half 1 for the one event that takes the second, see `mailEventId` */
  write(half: 0 | 1, into: Buffer, at: number): void {
    const { hex } = this;
    const from = half * ID_LENGTH;
    for (let index = 0; index < ID_LENGTH; index += 1) into[at + index] = hex.charCodeAt(from + index);
  }
}
