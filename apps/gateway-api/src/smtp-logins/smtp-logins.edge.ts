import { ERRORS } from '#contracts/errors/catalogue';
import {
  addSmtpInput,
  addSmtpOutput,
  deleteSmtpInput,
  deleteSmtpOutput,
  getSmtpsInput,
  getSmtpsOutput,
  resetSmtpPasswordInput,
  resetSmtpPasswordOutput,
} from '#contracts/http/smtp-logins';
import { defineEndpoint, type Endpoint } from '../http/endpoint.js';
import { AddSmtpLogin, AddSmtpLoginHandler } from './add-smtp-login.js';
import { DeleteSmtpLogin, DeleteSmtpLoginHandler } from './delete-smtp-login.js';
import { GetSmtpLogins, GetSmtpLoginsHandler } from './get-smtp-logins.js';
import { ResetSmtpPassword, ResetSmtpPasswordHandler } from './reset-smtp-password.js';
import type { SmtpLogin, SmtpServer } from './smtp-login-row.js';

const addSmtp = ERRORS['emailgateway.addsmtp'];
const getSmtps = ERRORS['emailgateway.getsmtps'];
const deleteSmtp = ERRORS['emailgateway.deletesmtp'];
const resetSmtpPassword = ERRORS['emailgateway.resetsmtppassword'];

const shownLogin = ({ smtpId, username }: SmtpLogin) => ({ SMTPID: smtpId, SMTPUsername: username });
const shownServer = ({ smtpHost, smtpPorts }: SmtpServer) => ({
  SMTPHost: smtpHost,
  SMTPPorts: [...smtpPorts],
});

const example = { SMTPID: 789, SMTPUsername: 'smtp_k3v9wq2hm7xd4tzr' };
const examplePassword = { SMTPPassword: 'f8sn2vqkzt6w4hmy9xpd3crj7bgu5aei' };
const exampleServer = { SMTPHost: 'smtp.example.net', SMTPPorts: [25, 587, 2525] };

export const smtpLoginsEndpoints: readonly Endpoint[] = [
  defineEndpoint({
    command: 'emailgateway.addsmtp',
    credential: 'user',
    privilege: 'EmailGateway.ManageDomain',
    docs: {
      summary: 'Create SMTP Credentials for Domain',
      description:
        'Adds a login with which mail programs submit mail for the domain. Keep the password: it is stored as a hash and never shown again.',
      example: {
        request: { DomainID: 123 },
        reply: {
          Success: true,
          ErrorCode: 0,
          NewSMTPID: 789,
          SMTP: { ...example, ...examplePassword, ...exampleServer },
        },
      },
    },
    input: addSmtpInput,
    required: [['DomainID', addSmtp.domainIdMissing]],
    handler: AddSmtpLoginHandler,
    message: ({ DomainID }, { userId }) => new AddSmtpLogin(userId, DomainID),
    output: addSmtpOutput,
    reply: (login) => ({
      NewSMTPID: login.smtpId,
      SMTP: { ...shownLogin(login), SMTPPassword: login.password, ...shownServer(login) },
    }),
  }),
  defineEndpoint({
    command: 'emailgateway.getsmtps',
    credential: 'user',
    privilege: 'EmailGateway.ManageDomain',
    docs: {
      summary: 'Get Domain SMTP Credentials',
      description: 'Lists the logins of the domain, without their passwords.',
      example: {
        request: { DomainID: 123 },
        reply: { Success: true, ErrorCode: 0, SMTPs: [{ ...example, ...exampleServer }] },
      },
    },
    input: getSmtpsInput,
    required: [['DomainID', getSmtps.domainIdMissing]],
    handler: GetSmtpLoginsHandler,
    message: ({ DomainID }, { userId }) => new GetSmtpLogins(userId, DomainID),
    output: getSmtpsOutput,
    reply: (logins) => ({
      SMTPs: logins.map((login) => ({ ...shownLogin(login), ...shownServer(login) })),
    }),
  }),
  defineEndpoint({
    command: 'emailgateway.deletesmtp',
    credential: 'user',
    privilege: 'EmailGateway.ManageDomain',
    docs: {
      summary: 'Delete SMTP Credentials',
      description: 'Deletes a login. It is refused from the moment of the reply on.',
      example: { request: { SMTPID: 789 }, reply: { Success: true, ErrorCode: 0 } },
    },
    input: deleteSmtpInput,
    required: [['SMTPID', deleteSmtp.smtpIdMissing]],
    handler: DeleteSmtpLoginHandler,
    message: ({ SMTPID }, { userId }) => new DeleteSmtpLogin(userId, SMTPID),
    output: deleteSmtpOutput,
    reply: () => ({}),
  }),
  defineEndpoint({
    command: 'emailgateway.resetsmtppassword',
    credential: 'user',
    privilege: 'EmailGateway.ManageDomain',
    docs: {
      summary: 'Reset SMTP Password',
      description:
        'Gives a login a new password; the old one is refused from the moment of the reply on. Keep the new one: it is stored as a hash and never shown again.',
      example: {
        request: { SMTPID: 789 },
        reply: { Success: true, ErrorCode: 0, SMTP: { ...example, ...examplePassword } },
      },
    },
    input: resetSmtpPasswordInput,
    required: [['SMTPID', resetSmtpPassword.smtpIdMissing]],
    handler: ResetSmtpPasswordHandler,
    message: ({ SMTPID }, { userId }) => new ResetSmtpPassword(userId, SMTPID),
    output: resetSmtpPasswordOutput,
    reply: (login) => ({ SMTP: { ...shownLogin(login), SMTPPassword: login.password } }),
  }),
];
