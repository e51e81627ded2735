import type { ApiError } from '#contracts/errors/catalogue';
import type { Privilege } from '#contracts/http/operator';
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
import type { RawReply, Surface } from './reply.js';
import { isRefused, type Outcome, type Refused } from './outcome.js';

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
  /** The owner's phone is not verified, on an installation that demands it of senders. */
  readonly ownerUnverified?: ApiError;
  /** The domain's status is not `Enabled`. */
  readonly domainNotEnabled?: ApiError;
}

/** What the API's description says of an endpoint beyond its parameters and errors. */
export interface EndpointDocs {
  /** The heading, as the contract has it: `Create API Key for Domain`. */
  readonly summary: string;
  /** Prose in Markdown: what is not obvious from parameters and errors. */
  readonly description?: string;
  /** Media types of successes that `raw` answers. */
  readonly rawTypes?: readonly string[];
  readonly example: {
    /** Parameters without `Command` and credential. */
    readonly request: Readonly<Record<string, unknown>>;
    /** Body of a success on `/api.php`, whole. */
    readonly reply: Readonly<Record<string, unknown>> | string;
    /** Body of a success on v1; for endpoints that are there. */
    readonly v1Reply?: Readonly<Record<string, unknown>> | string;
  };
}

/** One command of the contract, declared once for `/api.php` and, when it has an alias, for `/api/v1`. */
export interface EndpointDeclaration<
  Input extends TObject,
  C extends Credential,
  Result,
  Output extends TObject,
  V1Output extends TObject,
> {
  /** Lower-case `Command` name, such as `emailgateway.addapi`. */
  readonly command: string;
  readonly v1?: Route;
  readonly credential: C;
  /** Privilege that the user's group must hold; credential `user` only. */
  readonly privilege?: Privilege;
  /** Errors of the sender key; credential `sender` only. */
  readonly sender?: SenderErrors;
  /** Error of a missing or wrong admin key, when it is not 99998; credential `admin` only. */
  readonly denied?: ApiError;
  readonly docs: EndpointDocs;
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
  /** Schema of `reply`; in `#contracts/http`. Absent when every success is `raw`. */
  readonly output?: Output;
  /** Schema of `v1Reply`, when there is one. */
  readonly v1Output?: V1Output;
  /** Body of a success, without `Success` and `ErrorCode` (added on `/api.php`, absent on v1). */
  reply(result: Result): Static<Output>;
  /** Body of a success on v1, when it differs. */
  v1Reply?(result: Result): Static<V1Output>;
  /** A success that is no JSON object: text or a stream. `undefined`: the ordinary body. */
  raw?(result: Result, surface: Surface): RawReply | undefined;
  /** A refusal whose status or body is not the usual one. `undefined`: the usual one. */
  refusal?: (errors: readonly ApiError[], surface: Surface) => SpecialRefusal | undefined;
  /** Answered instead of a 5xx when the server is at fault, on endpoints whose callers take a 5xx for a verdict. */
  readonly fault?: ApiError;
  /** False for the endpoint that mail servers ask for each delivery: its requests are not counted. */
  readonly rateLimited?: boolean;
  /** Errors whose legacy body also carries `ErrorMessage`. */
  readonly withErrorMessage?: readonly ApiError[];
}

export interface Buses {
  readonly commands: CommandBus;
  readonly queries: QueryBus;
}

export interface SpecialRefusal {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

export type Success =
  { readonly body: Readonly<Record<string, unknown>>; readonly raw?: undefined } | { readonly raw: RawReply };

/** A class under Nest's `@CommandHandler` or `@QueryHandler`. */
export type HandlerClass = Type<ICommandHandler | IQueryHandler>;

/** An endpoint as the dispatcher sees it: its types are checked where it is declared, and closed over. */
export interface Endpoint {
  readonly command: string;
  readonly v1?: Route;
  readonly credential: Credential;
  readonly privilege?: Privilege;
  readonly sender?: SenderErrors;
  readonly denied?: ApiError;
  readonly docs: EndpointDocs;
  readonly input: TObject;
  /** Names of the required parameters with their errors, in check order. */
  readonly required: readonly (readonly [parameter: string, error: ApiError])[];
  readonly output?: TObject;
  readonly v1Output?: TObject;
  readonly withErrorMessage: readonly ApiError[];
  readonly handler: HandlerClass;
  readonly fault?: ApiError;
  readonly rateLimited: boolean;
  readonly refusal?: (errors: readonly ApiError[], surface: Surface) => SpecialRefusal | undefined;
  /** Checks the parameters (lower-case names) and runs the message for a caller of the declared credential. */
  handle(parameters: Parameters, caller: Caller, surface: Surface, buses: Buses): Promise<Success | Refused>;
}

/** Parameters of one request under lower-case names. */
export type Parameters = ReadonlyMap<string, unknown>;

/** Declares an endpoint; the module that owns it lists it in its `endpoints`. Throws when the declaration contradicts itself. */
export function defineEndpoint<
  Input extends TObject,
  C extends Credential,
  Result,
  Output extends TObject,
  V1Output extends TObject,
>(declaration: EndpointDeclaration<Input, C, Result, Output, V1Output>): Endpoint {
  const { command, credential, privilege, sender, input, handler, withErrorMessage = [] } = declaration;
  const { denied, docs, output, v1Output, fault, refusal, rateLimited = true } = declaration;
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
    ...(denied === undefined ? {} : { denied }),
    docs,
    input,
    required: declaration.required,
    ...(output === undefined ? {} : { output }),
    ...(v1Output === undefined ? {} : { v1Output }),
    handler,
    withErrorMessage,
    ...(fault === undefined ? {} : { fault }),
    rateLimited,
    ...(refusal === undefined ? {} : { refusal }),
    async handle(parameters, caller, surface, buses) {
      const read = readInput(parameters);
      if ('refused' in read) return read;
      if (!isCaller(credential, caller))
        throw new Error(`${command} needs a ${credential}, not a ${caller.kind}`);
      const message = declaration.message(read.input, caller);
      const outcome = await (message instanceof Query
        ? buses.queries.execute(message)
        : buses.commands.execute(message));
      if (isRefused(outcome)) return outcome;
      const raw = declaration.raw?.(outcome, surface);
      if (raw !== undefined) return { raw };
      if (surface === 'v1' && declaration.v1Reply !== undefined)
        return { body: declaration.v1Reply(outcome) };
      return { body: declaration.reply(outcome) };
    },
  };
}

/** The handlers that a feature's endpoints need, each once: the providers of its module. */
export function handlersOf(endpoints: readonly Endpoint[]): HandlerClass[] {
  return [...new Set(endpoints.map(({ handler }) => handler))];
}
