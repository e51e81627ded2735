import type { Endpoint } from '../http/endpoint.js';
import { inboundRelayDomainCheck, senderDomains } from './mail-server.edge.js';

export const relayEndpoints: readonly Endpoint[] = [senderDomains, inboundRelayDomainCheck];
