import type { Endpoint } from '../http/endpoint.js';

export const relayEndpoints: readonly Endpoint[] = [];
