import { Readable } from 'node:stream';
import type { RawReply } from '../http/reply.js';
import { eventCsv } from './event-csv.js';
import { MOST_EXPORTED, type EventExport } from './export-events.js';

/**
 * The file for download. A piece is made when the one before is on its way, so a slow client slows the searches down and
 * one that goes away ends them.
 */
export function csvReply({ total, pages }: EventExport, now: Date): RawReply {
  const day = now.toISOString().slice(0, 10);
  const truncated = {
    'x-octeth-export-truncated': '1',
    'x-octeth-export-limit': `${MOST_EXPORTED}`,
  };
  return {
    contentType: 'text/csv; charset=utf-8',
    headers: {
      'content-disposition': `attachment; filename="transactional-events-${day}.csv"`,
      'x-octeth-export-total': `${total}`,
      ...(total > MOST_EXPORTED ? truncated : {}),
      // The address of a download holds a credential; a shared cache has no business with it.
      'cache-control': 'no-store',
    },
    text: Readable.from(eventCsv(pages), { objectMode: false }),
  };
}
