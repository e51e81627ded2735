import type { IncomingMessage } from 'node:http';
import { HardFailure } from '../hard-failure.js';
import type { Share } from './body-budget.js';
import { BodyGauge } from './body-gauge.js';
import { freeBytes, GrowingBuffer } from './growing-buffer.js';

/** Bytes of one body that are looked at in one turn of the event loop; a socket hands over two megabytes at a time. */
const BYTES_PER_TURN = 262_144;
/** Pieces (chunks of HTTP) that a body may have, before their size counts. */
const FEW_PIECES = 2_000;
/** Average size below which many pieces are an attack: each costs as much as thousands of bytes. */
const LEAST_PIECE_BYTES = 128;

export interface ArrivingBody {
  readonly request: IncomingMessage;
  readonly contentType: string;
  /** Length by its header; absent when it is sent in chunks. */
  readonly announced: number | undefined;
  /** Most bytes it may have. */
  readonly limit: number;
}

/** One body on its way in. */
export class Arrival {
  private readonly gauge: BodyGauge;
  private readonly bytes: GrowingBuffer;
  private readonly outcome = Promise.withResolvers<Buffer>();
  private isSettled = false;
  private received = 0;
  private pieces = 0;
  private inThisTurn = 0;

  constructor(private readonly body: ArrivingBody) {
    this.gauge = new BodyGauge(body.contentType);
    this.bytes = new GrowingBuffer(body.announced);
  }

  /** Whether it came in so many small pieces that reading on would be what it wants. */
  get isShredded(): boolean {
    return this.pieces > FEW_PIECES && this.received < this.pieces * LEAST_PIECE_BYTES;
  }

  /** Bytes per second since `sinceMs`; nothing is said of a body of which there is one piece at most: its sender may be computing. */
  rateSince(sinceMs: number): number {
    return this.pieces < 2 ? Infinity : (this.received * 1000) / (performance.now() - sinceMs);
  }

  /** All its bytes. Rejects with the reason for which it was refused. */
  receive(share: Share): Promise<Buffer> {
    const { request } = this.body;
    request
      .on('end', () => this.finish())
      // After each request that ended well, too.
      .on('close', () => this.isSettled || this.refuse(HardFailure.unreadableBody('it ended early')));
    this.whenThereIsRoom(share.grow(this.body.announced ?? 0), () =>
      request.on('data', (chunk: Buffer) => this.take(chunk, share)),
    );
    return this.outcome.promise;
  }

  refuse(reason: unknown): void {
    if (this.isSettled) return;
    this.isSettled = true;
    const { request } = this.body;
    // Thousands of pieces were read with this one: they are dropped, not kept, and nothing more is read.
    if (this.isShredded) request.socket.pause();
    else request.pause();
    freeBytes(this.bytes.whole());
    this.outcome.reject(reason);
  }

  private finish(): void {
    if (this.isSettled) return;
    this.isSettled = true;
    this.outcome.resolve(this.bytes.whole());
  }

  private take(chunk: Buffer, share: Share): void {
    if (this.isSettled) return;
    const { request, limit, announced } = this.body;
    this.received += chunk.length;
    this.pieces += 1;
    try {
      if (this.received > limit) throw HardFailure.bodyTooLarge(limit);
      if (this.isShredded) throw HardFailure.unreadableBody('it comes in too small pieces');
      this.gauge.add(chunk);
      this.bytes.append(chunk);
    } catch (error) {
      this.refuse(error);
      return;
    }
    // The buffer of a body that announced nothing doubles as it grows.
    const room = share.grow(announced ?? Math.min(limit, 2 * this.received));
    this.inThisTurn += chunk.length;
    if (room === true && this.inThisTurn < BYTES_PER_TURN) return;
    request.pause();
    this.whenThereIsRoom(room, () =>
      setImmediate(() => {
        this.inThisTurn = 0;
        if (!this.isSettled) request.resume();
      }),
    );
  }

  private whenThereIsRoom(room: true | Promise<boolean>, readOn: () => void): void {
    if (room === true) {
      readOn();
      return;
    }
    void room.then((hasRoom) => {
      if (!hasRoom) this.refuse(HardFailure.tooMuchAtOnce());
      else if (!this.isSettled) readOn();
    });
  }
}
