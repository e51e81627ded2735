/** Bodies up to this size are not counted: ordinary requests are never held up by large ones. */
const FREE_BYTES = 65_536;
/** How long a body waits for room in all, before it is refused. */
const PATIENCE_MS = 800;
/** A body that has been arriving for longer makes room for one that waits. */
const SLOW_MS = 3_000;

/** The part of the budget that one body holds. */
export interface Share {
  /** Makes the share this large: `true` at once when there is room, else a promise of whether there will be. */
  grow(bytes: number): true | Promise<boolean>;
  /** The body is there; it is not asked to make room any more. */
  arrived(): void;
  /** Gives everything back. */
  release(): void;
}

interface Holder {
  readonly since: number;
  /** Told to a body that takes too long while another waits. */
  readonly giveUp: () => void;
  held: number;
  isArriving: boolean;
  waited: number;
}

interface Waiter {
  readonly bytes: number;
  readonly settle: (hasRoom: boolean) => void;
}

/** Bounds the bytes of request bodies in memory at the same time. Who finds no room waits its turn. */
export class BodyBudget {
  private free: number;
  private readonly holders = new Set<Holder>();
  private readonly queue: Waiter[] = [];

  constructor(totalBytes: number) {
    this.free = totalBytes;
  }

  /** @param giveUp called when the body has to make room; it is then refused */
  open(giveUp: () => void): Share {
    const holder: Holder = { since: performance.now(), giveUp, held: 0, isArriving: true, waited: 0 };
    this.holders.add(holder);
    return {
      grow: (bytes) => {
        const wanted = bytes - FREE_BYTES - holder.held;
        if (wanted <= 0) return true;
        if (!this.grab(wanted)) return this.waitFor(holder, wanted);
        holder.held += wanted;
        return true;
      },
      arrived: () => {
        holder.isArriving = false;
      },
      release: () => {
        this.holders.delete(holder);
        this.giveBack(holder.held);
        holder.held = 0;
      },
    };
  }

  private grab(bytes: number): boolean {
    if (this.queue.length > 0 || bytes > this.free) return false;
    this.free -= bytes;
    return true;
  }

  private async waitFor(holder: Holder, bytes: number): Promise<boolean> {
    const began = performance.now();
    const hasRoom = await this.queued(bytes, PATIENCE_MS - holder.waited);
    holder.waited += performance.now() - began;
    if (hasRoom && this.holders.has(holder)) holder.held += bytes;
    else if (hasRoom) this.giveBack(bytes);
    return hasRoom;
  }

  private queued(bytes: number, patienceMs: number): Promise<boolean> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.evictSlow();
        // Room may have been made for it just now.
        const place = this.queue.indexOf(waiter);
        if (place === -1) return;
        this.queue.splice(place, 1);
        resolve(false);
        this.serve();
      }, patienceMs);
      const settle = (hasRoom: boolean) => {
        clearTimeout(timer);
        resolve(hasRoom);
      };
      const waiter: Waiter = { bytes, settle };
      this.queue.push(waiter);
    });
  }

  /** So that a few clients that send large bodies by drops do not keep all others from sending theirs. */
  private evictSlow(): void {
    const latest = performance.now() - SLOW_MS;
    for (const holder of this.holders)
      if (holder.isArriving && holder.held > 0 && holder.since < latest) holder.giveUp();
  }

  private giveBack(bytes: number): void {
    this.free += bytes;
    this.serve();
  }

  /** First come, first served, so that a large body is not overtaken for ever. */
  private serve(): void {
    for (let first = this.queue[0]; first !== undefined && first.bytes <= this.free; first = this.queue[0]) {
      this.free -= first.bytes;
      this.queue.shift();
      first.settle(true);
    }
  }
}
