import { Module } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { AccountsModule } from '../accounts/accounts.module.js';
import { Authentication } from '../http/authentication.js';
import { OperatorDomains } from './domains.js';
import { OperatorServer } from './operator-server.js';

@Module({
  imports: [CqrsModule, AccountsModule],
  providers: [Authentication, OperatorDomains, OperatorServer],
  exports: [OperatorServer],
})
export class OperatorModule {}
