import { loginInput, loginOutput } from '#contracts/http/accounts';
import { defineEndpoint, type Endpoint } from '../http/endpoint.js';
import { Login, LoginHandler } from './login.js';

export const accountsEndpoints: readonly Endpoint[] = [
  defineEndpoint({
    command: 'user.login',
    credential: 'anonymous',
    docs: {
      summary: 'User Login',
      description:
        'Opens a session: its `SessionID` takes the place of `APIKey` in every private command. Send `Username` and ' +
        '`Password`, or `APIKey` instead of both. Each login opens a session of its own. A session ends when it expires ' +
        '(30 days unless the installation says otherwise), and at once when the account is disabled or deleted or its ' +
        'password changes.\n\n' +
        'Every error is answered as a list. Code 3 does not tell an unknown name from a wrong password or a disabled ' +
        'account. After ten wrong passwords for one name from one network within five minutes, and when more logins ' +
        'wait than the server can check, the answer is 429 with the seconds to wait; nothing was checked then.',
      example: {
        request: { Username: 'demo', Password: 'correct horse battery staple' },
        reply: {
          Success: true,
          ErrorCode: 0,
          ErrorText: '',
          SessionID: 'kJ2vX8mQ0cT4uYb6-nWz1,Re5sLaGfHdPiOoNtVx7Ew',
          UserInfo: {
            UserID: 1,
            Username: 'demo',
            EmailAddress: 'demo@example.com',
            FirstName: 'Ann',
            LastName: 'Example',
            AccountStatus: 'Enabled',
            ReputationLevel: 'Trusted',
            PhoneVerified: 0,
          },
          GroupInformation: {
            UserGroupID: 1,
            GroupName: 'Default',
            Permissions: '*',
            LimitEmailGatewaySenderDomains: 0,
            LimitEmailSendPerDay: 0,
            LimitEmailSendPerPeriod: 0,
            LimitEmailSendLifetime: 0,
          },
        },
      },
    },
    input: loginInput,
    // Which of them is required depends on the others: the handler looks.
    required: [],
    handler: LoginHandler,
    message: ({ Username, Password, APIKey }, { address }) =>
      new Login({ username: Username, password: Password, apiKey: APIKey }, address),
    output: loginOutput,
    reply: ({ sessionId, account }) => ({
      ErrorText: '',
      SessionID: sessionId,
      UserInfo: {
        UserID: account.UserID,
        Username: account.Username,
        EmailAddress: account.EmailAddress,
        FirstName: account.FirstName,
        LastName: account.LastName,
        AccountStatus: account.AccountStatus,
        ReputationLevel: account.ReputationLevel,
        PhoneVerified: account.PhoneVerified,
      },
      GroupInformation: {
        UserGroupID: account.UserGroupID,
        GroupName: account.GroupName,
        Permissions: account.Permissions,
        LimitEmailGatewaySenderDomains: account.LimitEmailGatewaySenderDomains,
        LimitEmailSendPerDay: account.LimitEmailSendPerDay,
        LimitEmailSendPerPeriod: account.LimitEmailSendPerPeriod,
        LimitEmailSendLifetime: account.LimitEmailSendLifetime,
      },
    }),
  }),
];
