import { describe, expect, it } from '@jest/globals';
import { encodeMailEvent } from '#contracts/mail-events/mail-event';
import { mailEvent } from '../testing/mail-event.fixture.js';
import { projectMessage } from './projected-event.js';

const at = (iso: string): number => Date.parse(iso);
const HOUR = 3_600_000;
/** Published the moment it happened. */
const project = (changes: { userId: number; loggedAt: number }, delay = 0) =>
  projectMessage(encodeMailEvent(mailEvent(changes)), changes.loggedAt + delay);

describe('projecting a message', () => {
  it('gives the document, its id and the alias of its UTC day', () => {
    const event = mailEvent({ userId: 12, loggedAt: at('2026-11-24T12:00:00.123Z') });
    expect(projectMessage(encodeMailEvent(event), event.loggedAt)).toMatchObject({
      id: event.id,
      alias: 'eg-events-u12-2026.11.24',
      neighbour: undefined,
      document: { id: event.id, 'user-id': 12, 'logged-at': '2026-11-24T12:00:00.123Z', event: event.event },
    });
  });

  it.each([
    ['2026-11-24T00:00:00.000Z', '2026.11.24', '2026.11.23'],
    ['2026-11-24T00:59:59.999Z', '2026.11.24', '2026.11.23'],
    ['2026-11-24T01:00:00.000Z', '2026.11.24', undefined],
    ['2026-11-24T22:59:59.999Z', '2026.11.24', undefined],
    ['2026-11-24T23:00:00.000Z', '2026.11.24', '2026.11.25'],
    ['2026-12-31T23:59:59.999Z', '2026.12.31', '2027.01.01'],
  ])('looks on the other side of midnight within an hour of it: %s', (time, day, neighbour) => {
    expect(project({ userId: 1, loggedAt: at(time) })).toMatchObject({
      alias: `eg-events-u1-${day}`,
      neighbour: neighbour && `eg-events-u1-${neighbour}`,
    });
  });

  it('looks on all days of the user for an event that was published more than an hour late', () => {
    const event = { userId: 1, loggedAt: at('2026-11-24T00:10:00Z') };
    expect(project(event, HOUR)).toMatchObject({ days: undefined, neighbour: 'eg-events-u1-2026.11.23' });
    expect(project(event, HOUR + 1)).toMatchObject({ days: 'eg-events-u1-*', neighbour: undefined });
  });

  it.each([
    ['no value', null, 'no value'],
    ['not our encoding', Buffer.from('{"event":"opened"}'), 'undecodable'],
    ['an unknown schema', Buffer.from('c3010011223344556677', 'hex'), 'undecodable'],
    ['a body that was cut', encodeMailEvent(mailEvent({})).subarray(0, 20), 'undecodable'],
    ['no tenant', encodeMailEvent(mailEvent({ userId: 0 })), 'no tenant'],
    ['a negative tenant', encodeMailEvent(mailEvent({ userId: -1 })), 'no tenant'],
    ['no id', encodeMailEvent(mailEvent({ id: '' })), 'no id'],
    ['a time before mail', encodeMailEvent(mailEvent({ loggedAt: 0 })), 'impossible event time'],
    [
      'a time beyond reason',
      encodeMailEvent(mailEvent({ loggedAt: at('2100-01-01T00:00:00Z') })),
      'impossible',
    ],
  ])('says why there is no document: %s', (_name, value, reason) => {
    expect(projectMessage(value, 0)).toEqual({ unprojectable: expect.stringContaining(reason) });
  });
});
