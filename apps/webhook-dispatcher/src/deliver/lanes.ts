import type { DueRow } from './delivery.js';

/** Requests to one endpoint at a time, once it has shown that it answers. */
export const REQUESTS_PER_LANE = 4;

/**
 * Rows of one endpoint that are known ahead. More means fewer looks at the database during a backlog, and more rows
 * that a look must step over.
 */
export const ROWS_PER_LANE = 32;

/** An answer that took longer makes its endpoint a slow one. */
const QUICK_MS = 1_000;

interface Lane {
  webhookId: number;
  queue: DueRow[];
  /** Rows in the queue, under way or not yet recorded. */
  held: number;
  inFlight: number;
  /** The last request was answered, whatever the answer. False for an endpoint that was not tried yet. */
  answers: boolean;
  /** … and within QUICK_MS. */
  quick: boolean;
}

/**
 * Who may be sent to next. One lane per endpoint; lanes take turns, and within a lane rows go in the order they were
 * offered.
 *
 * Endpoints that are slow, silent or not tried yet share at most half of all slots, so however many of them hang, the
 * others keep the other half; and one that does not answer has one slot, so it can't keep its like out of that half.
 */
export class Lanes {
  readonly #lanes = new Map<number, Lane>();
  /** Lanes with a queue, the one whose turn is next first. */
  readonly #waiting = new Map<number, Lane>();
  /** Rows in a queue, under way or not yet recorded: the database still shows them as due. */
  readonly #held = new Map<number, Lane>();
  #inFlight = 0;
  #unprovenInFlight = 0;
  readonly #unprovenSlots: number;

  /** @param slots requests under way at a time, over all lanes */
  constructor(private readonly slots: number) {
    this.#unprovenSlots = Math.max(1, Math.floor(slots / 2));
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  /** How many rows of the endpoint are held here, and how many of them wait for their turn. */
  rowsOf(webhookId: number): { held: number; queued: number } {
    const lane = this.#lanes.get(webhookId);
    return { held: lane?.held ?? 0, queued: lane?.queue.length ?? 0 };
  }

  /**
   * Takes in due rows; those that are held already are ignored, those that have no room will be found again.
   * @returns false when some had no room
   */
  offer(rows: readonly DueRow[]): boolean {
    let allTaken = true;
    for (const row of rows) {
      if (this.#held.has(row.id)) continue;
      const lane = this.#lane(row.webhookId);
      if (lane.queue.length >= ROWS_PER_LANE) {
        allTaken = false;
        continue;
      }
      lane.queue.push(row);
      lane.held++;
      this.#held.set(row.id, lane);
      this.#waiting.set(row.webhookId, lane);
    }
    return allTaken;
  }

  /** The rows whose turn it is; each then counts as under way until `finished`. */
  take(): DueRow[] {
    const taken: DueRow[] = [];
    for (let progress = true; progress && this.#inFlight < this.slots;) {
      progress = false;
      for (const lane of [...this.#waiting.values()]) {
        if (this.#inFlight >= this.slots) break;
        const row = this.#mayTake(lane) ? lane.queue.shift() : undefined;
        if (!row) continue;
        taken.push(row);
        lane.inFlight++;
        this.#inFlight++;
        if (!lane.quick) this.#unprovenInFlight++;
        progress = true;
        // To the end of the line.
        this.#waiting.delete(lane.webhookId);
        if (lane.queue.length > 0) this.#waiting.set(lane.webhookId, lane);
      }
    }
    return taken;
  }

  /**
   * The request of a taken row is over; the row stays held until `release`.
   * @param reply undefined when no request was made
   */
  finished(row: DueRow, reply?: { status: number | null; durationMs: number }): void {
    const lane = this.#lane(row.webhookId);
    lane.inFlight--;
    this.#inFlight--;
    if (!lane.quick) this.#unprovenInFlight--;
    if (!reply) return;
    const quick = reply.status !== null && reply.durationMs <= QUICK_MS;
    if (quick !== lane.quick) this.#unprovenInFlight += quick ? -lane.inFlight : lane.inFlight;
    lane.answers = reply.status !== null;
    lane.quick = quick;
  }

  /** The row's outcome is in the database, or the row is nobody's business here any more. */
  release(id: number): void {
    const lane = this.#held.get(id);
    if (!lane) return;
    lane.held--;
    this.#held.delete(id);
  }

  /** Forgets the waiting rows of endpoints that are not ours any more. */
  forget(isOurs: (webhookId: number) => boolean): void {
    for (const lane of this.#lanes.values()) {
      if (isOurs(lane.webhookId)) continue;
      for (const row of lane.queue.splice(0)) this.release(row.id);
      this.#waiting.delete(lane.webhookId);
      // What the endpoint is like is its next owner's to find out.
      if (lane.held === 0) this.#lanes.delete(lane.webhookId);
    }
  }

  #mayTake(lane: Lane): boolean {
    if (lane.inFlight >= (lane.answers ? REQUESTS_PER_LANE : 1)) return false;
    return lane.quick || this.#unprovenInFlight < this.#unprovenSlots;
  }

  #lane(webhookId: number): Lane {
    let lane = this.#lanes.get(webhookId);
    if (!lane) {
      lane = { webhookId, queue: [], held: 0, inFlight: 0, answers: false, quick: false };
      this.#lanes.set(webhookId, lane);
    }
    return lane;
  }
}
