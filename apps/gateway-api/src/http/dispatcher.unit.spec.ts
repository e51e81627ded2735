import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Global, Module } from '@nestjs/common';
import { Command, CommandHandler, CqrsModule, type ICommandHandler } from '@nestjs/cqrs';
import { Test, type TestingModule } from '@nestjs/testing';
import Type from 'typebox';
import { SecretBox } from '#platform/crypto/secret-box';
import { createLogger } from '#platform/telemetry/logger';
import { CONFIG, DATABASE, LOGGER, SECRET_BOX } from '../tokens.js';
import { Dispatcher } from './dispatcher.js';
import { defineEndpoint } from './endpoint.js';
import { HttpModule } from './http.module.js';
import { refuse, type Outcome } from './outcome.js';

const busy = { code: 7, text: 'Busy', status: 429, retryAfterS: 12.3 };
const unknown = { code: 9, text: 'Ask again', status: 429 };

class Fail extends Command<Outcome<object>> {
  constructor(readonly how: string) {
    super();
  }
}
class Forget extends Command<Outcome<object>> {}

@CommandHandler(Fail)
class FailHandler implements ICommandHandler<Fail> {
  execute({ how }: Fail): Promise<Outcome<object>> {
    if (how === 'busy') return Promise.resolve(refuse(busy));
    throw new Error('at /srv/secret/path: password=hunter2');
  }
}
/** Declared by an endpoint, provided by no module. */
@CommandHandler(Forget)
class ForgottenHandler implements ICommandHandler<Forget> {
  execute() {
    return Promise.resolve({});
  }
}

const docs = { summary: 'Test', example: { request: {}, reply: {} } };
const nothing = { credential: 'anonymous', required: [], docs, reply: () => ({}) } as const;
const endpoints = [
  defineEndpoint({
    ...nothing,
    command: 'test.fail',
    input: Type.Object({}),
    handler: FailHandler,
    message: () => new Fail('throw'),
  }),
  defineEndpoint({
    ...nothing,
    command: 'test.busy',
    v1: { method: 'GET', path: '/api/v1/busy' },
    input: Type.Object({}),
    handler: FailHandler,
    message: () => new Fail('busy'),
  }),
  defineEndpoint({
    ...nothing,
    command: 'test.verdict',
    v1: { method: 'GET', path: '/api/v1/verdict' },
    fault: unknown,
    input: Type.Object({}),
    handler: FailHandler,
    message: () => new Fail('throw'),
  }),
  defineEndpoint({
    ...nothing,
    command: 'test.forgotten',
    input: Type.Object({}),
    handler: ForgottenHandler,
    message: () => new Forget(),
  }),
];

const lines: string[] = [];

@Global()
@Module({
  providers: [
    { provide: CONFIG, useValue: { adminApiKey: 'x'.repeat(16), rateLimitPerMinute: 0 } },
    { provide: DATABASE, useValue: {} },
    { provide: SECRET_BOX, useValue: new SecretBox('a'.repeat(64)) },
    {
      provide: LOGGER,
      useValue: createLogger('test', 'info', { write: (line: string) => void lines.push(line) }),
    },
  ],
  exports: [CONFIG, DATABASE, SECRET_BOX, LOGGER],
})
class Resources {}

let module: TestingModule;
let dispatcher: Dispatcher;

beforeAll(async () => {
  module = await Test.createTestingModule({
    imports: [Resources, CqrsModule.forRoot(), HttpModule.forEndpoints(endpoints)],
    providers: [FailHandler],
  }).compile();
  await module.init();
  dispatcher = module.get(Dispatcher);
});
afterAll(() => module.close());

const request = (query: string) => ({
  id: 'r1',
  address: '192.0.2.1',
  authorization: undefined,
  query,
  contentType: '',
  body: undefined,
});
const v1 = async (command: string) => {
  const endpoint = endpoints.find((each) => each.command === command);
  if (endpoint === undefined) throw new Error(command);
  return dispatcher.v1(endpoint, request(''));
};
const bodyOf = (reply: { text: unknown }): unknown => JSON.parse(String(reply.text));

describe('what goes wrong inside', () => {
  it('answers 100005 and HTTP 500, and tells the log alone why', async () => {
    const reply = await dispatcher.legacy(request('Command=test.fail'));
    const text = 'Unexpected error';
    expect([reply.status, bodyOf(reply)]).toEqual([
      500,
      { Success: false, ErrorCode: 100005, ErrorText: text, Errors: [{ Code: 100005, Message: text }] },
    ]);
    expect(lines.join()).toContain('hunter2');
  });
  it('answers 100002 and HTTP 500 for a command without a handler', async () => {
    const reply = await dispatcher.legacy(request('Command=test.forgotten'));
    expect([reply.status, bodyOf(reply)]).toEqual([
      500,
      expect.objectContaining({ ErrorCode: 100002, ErrorText: expect.stringContaining('test.forgotten') }),
    ]);
  });
  it('answers hard failures other than those of the request line in XML when asked to', async () => {
    const reply = await dispatcher.legacy(request('Command=test.fail&ResponseFormat=XML'));
    expect([reply.status, reply.contentType]).toEqual([500, 'text/xml; charset=utf-8']);
    expect(reply.text).toContain('<Errors><node_0><Code><![CDATA[100005]]></Code>');
  });
  it('answers the declared error where callers take a 5xx for a verdict', async () => {
    const reply = await v1('test.verdict');
    expect([reply.status, bodyOf(reply)]).toEqual([429, { Errors: [{ Code: 9, Message: 'Ask again' }] }]);
  });
});

describe('a refusal that says when to try again', () => {
  it('answers Retry-After in whole seconds, on both surfaces', async () => {
    const legacy = await dispatcher.legacy(request('Command=test.busy'));
    expect([legacy.status, legacy.headers]).toEqual([200, { 'retry-after': '13' }]);
    const reply = await v1('test.busy');
    expect([reply.status, reply.headers]).toEqual([429, { 'retry-after': '13' }]);
  });
});
