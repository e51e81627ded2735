/** Classes of the time that messages spend in the queue, in seconds, in display order. The lower end belongs to its class. */
export const DELIVERY_SPEEDS = [
  { name: '< 1s', from: 0, below: 1 },
  { name: '1-5s', from: 1, below: 5 },
  { name: '5-10s', from: 5, below: 10 },
  { name: '10-30s', from: 10, below: 30 },
  { name: '30-60s', from: 30, below: 60 },
  { name: '1-5m', from: 60, below: 300 },
  { name: '5-10m', from: 300, below: 600 },
  { name: '> 10m', from: 600, below: Infinity },
] as const;
