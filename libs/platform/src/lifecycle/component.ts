/** A part of a process with a life of its own. */
export interface Component {
  readonly name: string;
  /** Resolves when it works. An absent engine is waited for here, not reported: only a mistake rejects. */
  start(): Promise<void>;
  /** Finishes what is under way and takes nothing new. Also called when `start` has not resolved. */
  stop(): Promise<void>;
}

/** Something the process cannot work without. */
export interface ReadinessCheck {
  readonly name: string;
  /** Rejects with the reason. */
  check(): Promise<void>;
}
