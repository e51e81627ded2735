import { Module } from '@nestjs/common';
import { handlersOf } from '../http/endpoint.js';
import { SenderDomainModule } from '../sender-domain/sender-domain.module.js';
import { accountsEndpoints } from './accounts.edge.js';
import { Groups } from './groups.js';
import { Sessions } from './sessions.js';
import { UserDeletion } from './user-deletion.js';
import { Users } from './users.js';

@Module({
  imports: [SenderDomainModule],
  providers: [Groups, Sessions, UserDeletion, Users, ...handlersOf(accountsEndpoints)],
  exports: [Groups, UserDeletion, Users],
})
export class AccountsModule {}
