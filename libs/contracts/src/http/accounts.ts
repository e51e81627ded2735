import Type from 'typebox';
import { text } from './parameters.js';

/** `user.login`. */
export const loginInput = Type.Object({
  Username: Type.Optional(text('Name of the account, in any letter case; required without APIKey')),
  Password: Type.Optional(text('Its password; required without APIKey')),
  APIKey: Type.Optional(text('API key of the account, instead of Username and Password')),
});

const limit = (description: string) =>
  Type.Integer({ minimum: 0, description: `${description}; 0 = no limit` });

/** Body of a success of `user.login`, without `Success` and `ErrorCode`. */
export const loginOutput = Type.Object({
  ErrorText: Type.String({ description: 'Empty' }),
  SessionID: Type.String({
    description:
      'Takes the place of APIKey in every private command until it expires; letters, digits, comma and hyphen',
  }),
  UserInfo: Type.Object(
    {
      UserID: Type.Integer({ description: 'User ID' }),
      Username: Type.String({ description: 'Name to log in with' }),
      EmailAddress: Type.String({ description: 'Address of the holder' }),
      FirstName: Type.String({ description: 'First name of the holder, or empty' }),
      LastName: Type.String({ description: 'Last name of the holder, or empty' }),
      AccountStatus: Type.Union([Type.Literal('Enabled'), Type.Literal('Disabled')], {
        description: 'Always Enabled: a disabled account cannot log in',
      }),
      ReputationLevel: Type.Union([Type.Literal('Trusted'), Type.Literal('Untrusted')], {
        description: 'Whether the account is trusted to send',
      }),
      PhoneVerified: Type.Integer({ minimum: 0, maximum: 1, description: '1 = the phone is verified' }),
    },
    { description: 'The account' },
  ),
  GroupInformation: Type.Object(
    {
      UserGroupID: Type.Integer({ description: 'Group ID' }),
      GroupName: Type.String({ description: 'Name of the group' }),
      Permissions: Type.String({ description: 'Privileges with commas between them; `*` = all' }),
      LimitEmailGatewaySenderDomains: limit('Most sender domains of the account'),
      LimitEmailSendPerDay: limit('Most recipients per day, unless the account has a limit of its own'),
      LimitEmailSendPerPeriod: limit(
        'Most recipients per calendar month, unless the account has a limit of its own',
      ),
      LimitEmailSendLifetime: limit('Most recipients ever, unless the account has a limit of its own'),
    },
    { description: 'The group whose privileges and limits the account has' },
  ),
});
