import { Module } from '@nestjs/common';
import { PasswordVerifier } from '#platform/crypto/password-verifier';
import { handlersOf } from '../http/endpoint.js';
import { MailAcceptanceModule } from '../mail-acceptance/mail-acceptance.module.js';
import { MailRelay } from './mail-relay.js';
import { relayEndpoints } from './relay.edge.js';
import { SmtpLogins } from './smtp-logins.js';

/** Two of the four threads of the process stay free for what else needs one, DNS look-ups among it. */
const passwords = () =>
  new PasswordVerifier({ rememberMs: 300_000, mostRemembered: 20_000, atOnce: 2, mostWaiting: 100 });

@Module({
  imports: [MailAcceptanceModule],
  providers: [
    ...handlersOf(relayEndpoints),
    { provide: PasswordVerifier, useFactory: passwords },
    SmtpLogins,
    MailRelay,
  ],
})
export class RelayModule {}
