import { Module } from '@nestjs/common';
import { SenderDomainModule } from '../sender-domain/sender-domain.module.js';
import { Groups } from './groups.js';
import { Users } from './users.js';

@Module({ imports: [SenderDomainModule], providers: [Groups, Users], exports: [Groups, Users] })
export class AccountsModule {}
