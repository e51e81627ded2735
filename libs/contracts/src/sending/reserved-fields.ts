import { REFERENCE_HEADER } from '../reference/header-reference.js';

/** Fields that PowerMTA takes orders from when it is configured to: no tenant gives orders to the MTA. */
const ORDERS_TO_THE_MTA = ['x-envid', 'x-job', 'x-virtual-mta', 'x-virtualmta', 'x-recipient'];

const RESERVED = new Set([REFERENCE_HEADER.toLowerCase(), 'return-path', ...ORDERS_TO_THE_MTA]);

/** Whether a header field is ours or the MTA's to write, so that a customer's own is left out. @param name in any case */
export function isReservedField(name: string): boolean {
  return RESERVED.has(name.toLowerCase());
}
