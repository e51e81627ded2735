import { credentials } from './seed/credentials.js';
import { domains } from './seed/domains.js';
import { events } from './seed/events.js';
import { adminCommands, publicCommands } from './seed/public.js';
import { anonymousCommand, code, type SeedEndpoint } from './seed/seed-endpoint.js';

/**
 * The whole contract as the seed states it, with what the contract notes add: the yardstick of the suites in this
 * folder. It is written down a second time on purpose and imports nothing of the implementation; an endpoint and this
 * table agree because both were read from the contract.
 */
export const SEED: readonly SeedEndpoint[] = [
  ...domains,
  ...credentials,
  ...events,
  ...publicCommands,
  ...adminCommands,
];

/** Commands that the seed presupposes without describing them; from the contract notes. */
export const BESIDES_THE_SEED: readonly SeedEndpoint[] = [
  anonymousCommand({
    heading: 'User Login',
    command: 'user.login',
    required: [
      ['Username', 1],
      ['Password', 2],
    ],
    codes: [
      code(1, 'Username is missing', { added: 'notes' }),
      code(2, 'Password is missing', { added: 'notes' }),
      code(3, 'Invalid login information', { added: 'notes' }),
      code(429, 'Too many login attempts', { added: 'project' }),
    ],
    reply: {
      ErrorText: '',
      SessionID: 'h3n2…',
      UserInfo: {
        UserID: 1,
        Username: 'jane',
        EmailAddress: 'jane@example.com',
        AccountStatus: 'Enabled',
      },
    },
  }),
];

export const CONTRACT: readonly SeedEndpoint[] = [...SEED, ...BESIDES_THE_SEED];

export function seedEndpoint(command: string): SeedEndpoint {
  const endpoint = CONTRACT.find((candidate) => candidate.command === command);
  if (endpoint === undefined) throw new Error(`the contract has no command ${command}`);
  return endpoint;
}
