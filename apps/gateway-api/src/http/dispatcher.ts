import { Inject, Injectable } from '@nestjs/common';
import {
  CommandBus,
  CommandHandlerNotFoundException,
  QueryBus,
  QueryHandlerNotFoundException,
} from '@nestjs/cqrs';
import { isTransient } from '#platform/database/database';
import { IncompleteSearch, SearchUnavailable } from '#platform/search/search-client';
import type { Logger } from '#platform/telemetry/logger';
import { counter, histogram } from '#platform/telemetry/metrics';
import { LOGGER } from '../tokens.js';
import { Authentication } from './authentication.js';
import { freeBytes } from './body/growing-buffer.js';
import type { Caller } from './caller.js';
import type { Endpoint, Parameters } from './endpoint.js';
import { hardFailureReply, refusalReply, render } from './envelope.js';
import { HardFailure } from './hard-failure.js';
import { isRefused } from './outcome.js';
import { RateLimit } from './rate-limit/rate-limit.js';
import { EndpointRegistry } from './registry.js';
import type { Reply, Surface } from './reply.js';
import { readParameters, type RawRequest } from './request-parameters.js';

/** A request to `/api.php` or to a v1 route. */
export interface ApiRequest extends RawRequest {
  readonly id: string;
  /** IP address of the client. */
  readonly address: string;
  readonly authorization: string | undefined;
}

/** What one request was, for its log line. */
interface Trace {
  readonly surface: Surface;
  readonly startedAt: number;
  command: string;
  caller?: Caller;
  /** Of the reply, whatever it will be. */
  headers?: Readonly<Record<string, string>>;
}

const requests = counter(
  'http_requests_total',
  'API requests, by command and outcome (ok or the first code).',
  ['surface', 'command', 'outcome'],
);
const requestSeconds = histogram('http_request_seconds', 'Time from the parsed request to its reply.', [
  'command',
]);

/** Takes every API request from its bytes to its reply: name, credential, parameters, message, envelope. Never rejects. */
@Injectable()
export class Dispatcher {
  constructor(
    private readonly registry: EndpointRegistry,
    private readonly authentication: Authentication,
    private readonly rateLimit: RateLimit,
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
    @Inject(LOGGER) private readonly log: Logger,
  ) {}

  /** `/api.php`: the endpoint is named by `Command`. */
  legacy(request: ApiRequest): Promise<Reply> {
    return this.traced('legacy', request, (parameters) => {
      const command = parameters.get('command');
      const name = typeof command === 'string' ? command.trim() : '';
      const endpoint = this.registry.find(name);
      if (endpoint === undefined) throw HardFailure.unknownCommand(name);
      return endpoint;
    });
  }

  /** A v1 route: the endpoint is known. */
  v1(endpoint: Endpoint, request: ApiRequest): Promise<Reply> {
    return this.traced('v1', request, () => endpoint);
  }

  private async traced(
    surface: Surface,
    request: ApiRequest,
    find: (parameters: Parameters) => Endpoint,
  ): Promise<Reply> {
    const trace: Trace = { surface, startedAt: performance.now(), command: '' };
    let responseFormat: unknown;
    let endpoint: Endpoint | undefined;
    let reply: Reply;
    try {
      const parameters = readParameters(request);
      if (request.body !== undefined) freeBytes(request.body);
      responseFormat = parameters.get('responseformat');
      endpoint = find(parameters);
      trace.command = endpoint.command;
      reply = await this.run(endpoint, request, parameters, trace);
    } catch (error) {
      const failure = asHardFailure(error, trace.command);
      reply =
        failure.status >= 500 && endpoint?.fault !== undefined
          ? refusalReply(surface, endpoint, { refused: endpoint.fault }, responseFormat)
          : hardFailureReply(failure, responseFormat);
      if (failure.status >= 500)
        this.log.error({ requestId: request.id, err: failure.cause ?? failure }, 'request.failed');
    }
    this.record(trace, request, reply);
    return { ...reply, headers: { ...trace.headers, ...reply.headers } };
  }

  private async run(
    endpoint: Endpoint,
    request: ApiRequest,
    parameters: Parameters,
    trace: Trace,
  ): Promise<Reply> {
    const { surface } = trace;
    const responseFormat = parameters.get('responseformat');
    const { outcome: caller, holder } = await this.authentication.authenticate(endpoint, {
      authorization: request.authorization,
      address: request.address,
      parameters,
    });
    if (!isRefused(caller)) trace.caller = caller;
    // Before a wrong credential is told: guessing is counted as well.
    if (surface === 'v1') {
      const { headers, refused } = await this.rateLimit.admit({ endpoint, holder, address: request.address });
      trace.headers = headers;
      if (refused !== undefined) return refusalReply(surface, endpoint, { refused }, responseFormat);
    }
    if (isRefused(caller)) return refusalReply(surface, endpoint, caller, responseFormat);
    const outcome = await endpoint.handle(parameters, caller, surface, {
      commands: this.commands,
      queries: this.queries,
    });
    if (isRefused(outcome)) return refusalReply(surface, endpoint, outcome, responseFormat);
    if (outcome.raw !== undefined) return { status: 200, codes: [], ...outcome.raw };
    const body = surface === 'v1' ? outcome.body : { Success: true, ErrorCode: 0, ...outcome.body };
    return render(200, body, responseFormat);
  }

  private record({ surface, startedAt, command, caller }: Trace, request: ApiRequest, reply: Reply): void {
    const durationMs = performance.now() - startedAt;
    const label = command === '' ? 'none' : command;
    requests.inc({ surface, command: label, outcome: reply.codes.length === 0 ? 'ok' : `${reply.codes[0]}` });
    requestSeconds.observe({ command: label }, durationMs / 1000);
    this.log.info(
      {
        requestId: request.id,
        surface,
        command,
        userId: caller?.kind === 'user' || caller?.kind === 'sender' ? caller.userId : undefined,
        domainId: caller?.kind === 'sender' ? caller.domainId : undefined,
        codes: reply.codes,
        status: reply.status,
        durationMs: Math.round(durationMs * 10) / 10,
      },
      'request.handled',
    );
  }
}

function asHardFailure(error: unknown, command: string): HardFailure {
  if (error instanceof HardFailure) return error;
  if (error instanceof CommandHandlerNotFoundException || error instanceof QueryHandlerNotFoundException) {
    return HardFailure.noHandler(command);
  }
  if (error instanceof SearchUnavailable || error instanceof IncompleteSearch || isTransient(error)) {
    return HardFailure.componentUnavailable(error);
  }
  return HardFailure.unexpected(error);
}
