import type { ApiError } from '#contracts/errors/catalogue';
import type { Type } from '@nestjs/common';
import {
  Query,
  type Command,
  type CommandBus,
  type ICommandHandler,
  type IQueryHandler,
  type QueryBus,
} from '@nestjs/cqrs';
import type { Static, TObject } from 'typebox';
import { isCaller, type Caller, type Callers, type Credential } from './caller.js';
import { compileInput } from './input.js';
import { isRefused, type Outcome, type Refused } from './outcome.js';

export type Privilege = 'EmailGateway.AddDomain' | 'EmailGateway.ManageDomain';

export interface Route {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** Path below the host, such as `/api/v1/webhooks`. */
  readonly path: string;
}

/**
 * Errors for a sender key that cannot be used. A state without an error is not checked and reaches the handler through
 * the caller.
 */
export interface SenderErrors {
  /** Neither Bearer nor `SenderAPIKey`. */
  readonly missing: ApiError;
  /** Unknown, disabled or deleted key. */
  readonly unknown: ApiError;
  /** The key's domain is deleted, or its owner's row is gone. */
  readonly gone: ApiError;
  /** The owner's account is disabled. */
  readonly ownerDisabled: ApiError;
  /** The owner is not trusted to send. */
  readonly ownerUntrusted?: ApiError;
  /** The domain's status is not `Enabled`. */
  readonly domainNotEnabled?: ApiError;
}

/** One command of the contract, declared once for `/api.php` and, when it has an alias, for `/api/v1`. */
export interface EndpointDeclaration<Input extends TObject, C extends Credential, Result> {
  /** Lower-case `Command` name, such as `emailgateway.addapi`. */
  readonly command: string;
  readonly v1?: Route;
  readonly credential: C;
  /** Privilege that the user's group must hold; credential `user` only. */
  readonly privilege?: Privilege;
  /** Errors of the sender key; credential `sender` only. */
  readonly sender?: SenderErrors;
  /** Parameters under their documented names; built from `#contracts/http/parameters`. Names match in any case. */
  readonly input: Input;
  /** Required parameters with their errors, in check order. Absent, `null`, empty and blank count as missing. */
  readonly required: readonly (readonly [parameter: string & keyof Static<Input>, error: ApiError])[];
  /** Errors for values that their kind does not understand, or that the schema refuses. */
  readonly invalid?: { readonly [P in keyof Static<Input>]?: ApiError };
  /** Handles the message; provided by the feature's module through `handlersOf`. */
  readonly handler: HandlerClass;
  /** The message for the command or query bus. Its handler resolves to a result, or to `Refused` with an error of the table. */
  message(input: Static<Input>, caller: Callers[C]): Command<Outcome<Result>> | Query<Outcome<Result>>;
  /** Body of a success, without `Success` and `ErrorCode` (added on `/api.php`, absent on v1). */
  reply(result: Result): Readonly<Record<string, unknown>>;
  /** Body of a success on v1, when it differs. */
  v1Reply?(result: Result): Readonly<Record<string, unknown>>;
  /** Errors whose legacy body also carries `ErrorMessage`. */
  readonly withErrorMessage?: readonly ApiError[];
}

export interface Buses {
  readonly commands: CommandBus;
  readonly queries: QueryBus;
}

export interface Success {
  readonly body: Readonly<Record<string, unknown>>;
  readonly v1Body: Readonly<Record<string, unknown>>;
}

/** A class under Nest's `@CommandHandler` or `@QueryHandler`. */
export type HandlerClass = Type<ICommandHandler | IQueryHandler>;

/** An endpoint as the dispatcher sees it: its types are checked where it is declared, and closed over. */
export interface Endpoint {
  readonly command: string;
  readonly v1?: Route;
  readonly credential: Credential;
  readonly privilege?: Privilege;
  readonly sender?: SenderErrors;
  readonly input: TObject;
  readonly withErrorMessage: readonly ApiError[];
  readonly handler: HandlerClass;
  /** Checks the parameters (lower-case names) and runs the message for a caller of the declared credential. */
  handle(parameters: Parameters, caller: Caller, buses: Buses): Promise<Success | Refused>;
}

/** Parameters of one request under lower-case names. */
export type Parameters = ReadonlyMap<string, unknown>;

/** Declares an endpoint; the module that owns it lists it in its `endpoints`. Throws when the declaration contradicts itself. */
export function defineEndpoint<Input extends TObject, C extends Credential, Result>(
  declaration: EndpointDeclaration<Input, C, Result>,
): Endpoint {
  const { command, credential, privilege, sender, input, handler, withErrorMessage = [] } = declaration;
  if (command !== command.toLowerCase())
    throw new Error(`${command}: command names are declared in lower case`);
  if ((credential === 'sender') !== (sender !== undefined))
    throw new Error(`${command}: sender errors go with sender keys`);
  const readInput = compileInput(command, input, declaration.required, declaration.invalid ?? {});
  return {
    command,
    ...(declaration.v1 === undefined ? {} : { v1: declaration.v1 }),
    credential,
    ...(privilege === undefined ? {} : { privilege }),
    ...(sender === undefined ? {} : { sender }),
    input,
    handler,
    withErrorMessage,
    async handle(parameters, caller, buses) {
      const read = readInput(parameters);
      if ('refused' in read) return read;
      if (!isCaller(credential, caller))
        throw new Error(`${command} needs a ${credential}, not a ${caller.kind}`);
      const message = declaration.message(read.input, caller);
      const outcome = await (message instanceof Query
        ? buses.queries.execute(message)
        : buses.commands.execute(message));
      if (isRefused(outcome)) return outcome;
      const body = declaration.reply(outcome);
      return { body, v1Body: declaration.v1Reply?.(outcome) ?? body };
    },
  };
}

/** The handlers that a feature's endpoints need, each once: the providers of its module. */
export function handlersOf(endpoints: readonly Endpoint[]): HandlerClass[] {
  return [...new Set(endpoints.map(({ handler }) => handler))];
}
