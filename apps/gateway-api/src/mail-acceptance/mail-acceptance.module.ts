import { Module } from '@nestjs/common';
import { MailAcceptance } from './mail-acceptance.js';

@Module({ providers: [MailAcceptance], exports: [MailAcceptance] })
export class MailAcceptanceModule {}
