import Type from 'typebox';
import { id } from './parameters.js';

const ofDomain = { DomainID: id('Sender domain ID') };
const ofLogin = { SMTPID: id('SMTP credentials ID') };

/** `emailgateway.addsmtp`. */
export const addSmtpInput = Type.Object(ofDomain);

/** `emailgateway.getsmtps`. */
export const getSmtpsInput = Type.Object(ofDomain);

/** `emailgateway.deletesmtp`. */
export const deleteSmtpInput = Type.Object(ofLogin);

/** `emailgateway.resetsmtppassword`. */
export const resetSmtpPasswordInput = Type.Object(ofLogin);

const login = {
  SMTPID: Type.Integer({ description: 'SMTP credentials ID' }),
  SMTPUsername: Type.String({ description: 'Username; never changes' }),
};
const password = {
  SMTPPassword: Type.String({
    description: 'Password; shown in this reply alone, because only a hash of it is kept',
  }),
};
const server = {
  SMTPHost: Type.String({ description: 'Host to submit mail to' }),
  SMTPPorts: Type.Array(Type.Integer(), { description: 'Ports of that host' }),
};

export const addSmtpOutput = Type.Object({
  NewSMTPID: Type.Integer({ description: 'ID of the new credentials' }),
  SMTP: Type.Object({ ...login, ...password, ...server }, { description: 'The new credentials' }),
});

export const getSmtpsOutput = Type.Object({
  SMTPs: Type.Array(Type.Object({ ...login, ...server }), {
    description: 'Every login of the domain that is not deleted, oldest first; empty when there is none',
  }),
});

export const deleteSmtpOutput = Type.Object({});

export const resetSmtpPasswordOutput = Type.Object({
  SMTP: Type.Object({ ...login, ...password }, { description: 'The credentials as they are from now on' }),
});
