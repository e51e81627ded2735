import { hash } from 'node:crypto';
import { put, putText } from './bytes.js';

const VERSION = Buffer.from('1\n');
const LINE_END = 0x0a;
/** Hexadecimal digits of an id. */
export const ID_LENGTH = 32;

/** `mailEventId` from bytes; it must say what that function says. */
export class EventIds {
  private readonly input = Buffer.alloc(1_024);
  private factsLength = 0;

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
   * Writes the id of this event of the message and recipient.
   *
   * @param cause nothing for an outcome of the transport, see `EventCause`
   */
  write(event: Buffer, cause: Buffer, into: Buffer, at: number): void {
    const { input } = this;
    const end = put(event, input, this.factsLength);
    input[end] = LINE_END;
    const facts = input.subarray(0, put(cause, input, end + 1));
    putText(hash('sha256', facts, 'hex'), ID_LENGTH, into, at);
  }
}
