import type { Endpoint } from '../http/endpoint.js';

export const accountsEndpoints: readonly Endpoint[] = [];
