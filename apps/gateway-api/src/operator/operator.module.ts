import { Module } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { AccountsModule } from '../accounts/accounts.module.js';
import { Authentication } from '../http/authentication.js';
import { OperatorDomains } from './domains.js';
import { MailContext } from './mail-context.js';
import { OperatorServer } from './operator-server.js';
import { Suppressions } from './suppressions.js';

@Module({
  imports: [CqrsModule, AccountsModule],
  providers: [Authentication, MailContext, OperatorDomains, OperatorServer, Suppressions],
  exports: [OperatorServer],
})
export class OperatorModule {}
