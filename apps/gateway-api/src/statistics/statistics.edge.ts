import type { Endpoint } from '../http/endpoint.js';

export const statisticsEndpoints: readonly Endpoint[] = [];
