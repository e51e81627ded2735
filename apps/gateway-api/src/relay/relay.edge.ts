import type { Endpoint } from '../http/endpoint.js';
import { inboundRelayDomainCheck, senderDomains } from './mail-server.edge.js';
import { smtpRelay } from './smtp-relay.edge.js';

export const relayEndpoints: readonly Endpoint[] = [smtpRelay, senderDomains, inboundRelayDomainCheck];
