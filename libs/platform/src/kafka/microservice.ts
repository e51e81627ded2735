import { Catch, type ExceptionFilter, type LoggerService, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { throwError, type Observable } from 'rxjs';
import type { Component } from '../lifecycle/component.js';
import type { Logger } from '../telemetry/logger.js';
import type { KafkaTransport } from './transport.js';

/** Without it Nest replaces every error of a handler by "Internal server error", and the reason would be lost. */
@Catch()
class KeepReason implements ExceptionFilter {
  catch(error: unknown): Observable<never> {
    return throwError(() => error);
  }
}

/** A Nest module whose `@EventPattern` handlers are fed by the transport, as a component of a process. */
export function kafkaMicroservice(
  name: string,
  module: Type | object,
  transport: KafkaTransport,
  log: Logger,
): Component {
  let stop: (() => Promise<void>) | undefined;
  return {
    name,
    start: async () => {
      const app = await NestFactory.createMicroservice(module as Type, {
        strategy: transport,
        logger: nestLogger(log),
        // A mistake in the module must reach runProcess, which reports it, instead of ending the process here.
        abortOnError: false,
      });
      app.useGlobalFilters(new KeepReason());
      stop = () => app.close();
      await app.listen();
    },
    stop: async () => {
      await stop?.();
    },
  };
}

/** Nest's own lines in the process's log: its start messages are detail, its warnings and errors are not. */
function nestLogger(log: Logger): LoggerService {
  const nest = log.child({ component: 'nest' });
  const text = (message: unknown): string =>
    message instanceof Error ? (message.stack ?? message.message) : String(message);
  return {
    log: (message: unknown) => nest.debug(text(message)),
    warn: (message: unknown) => nest.warn(text(message)),
    error: (message: unknown) => nest.error(text(message)),
    fatal: (message: unknown) => nest.fatal(text(message)),
  };
}
