import { createRequire } from 'node:module';

interface RequestQueue {
  readonly pending: readonly unknown[];
  scheduleCheckPendingRequests: (this: RequestQueue) => void;
}

/**
 * kafkajs 2.2.4 arms a timer with a negative delay after every answer, although no request is waiting, and from
 * then on again each millisecond: 2,600 timers a second and 2.4 % of a core in an idle process, and since Node 24
 * a TimeoutNegativeWarning. The timer is only of use while requests wait (throttled, or too many in flight), and
 * whatever adds one arms it itself.
 */
const { prototype } = createRequire(import.meta.url)('kafkajs/src/network/requestQueue') as {
  prototype: RequestQueue;
};
const arm = prototype.scheduleCheckPendingRequests;

prototype.scheduleCheckPendingRequests = function (): void {
  if (this.pending.length > 0) arm.call(this);
};
