import type { Endpoint } from '../http/endpoint.js';

export const smtpLoginsEndpoints: readonly Endpoint[] = [];
