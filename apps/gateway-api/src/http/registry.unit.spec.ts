import { describe, expect, it } from '@jest/globals';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import Type from 'typebox';
import { text } from '#contracts/http/parameters';
import { defineEndpoint, type Route } from './endpoint.js';
import type { Outcome } from './outcome.js';
import { EndpointRegistry } from './registry.js';

class Nothing extends Command<Outcome<object>> {}

@CommandHandler(Nothing)
class NothingHandler implements ICommandHandler<Nothing> {
  execute() {
    return Promise.resolve({});
  }
}

const endpoint = (command: string, v1?: Route) =>
  defineEndpoint({
    command,
    ...(v1 === undefined ? {} : { v1 }),
    credential: 'user',
    input: Type.Object({ A: Type.Optional(text('a')) }),
    required: [],
    handler: NothingHandler,
    message: () => new Nothing(),
    docs: { summary: command, example: { request: {}, reply: {} } },
    output: Type.Object({}),
    reply: () => ({}),
  });

describe('the registry', () => {
  it('finds commands in any letter case, routes with a trailing slash', () => {
    const one = endpoint('test.one', { method: 'GET', path: '/api/v1/one' });
    const registry = new EndpointRegistry([one, endpoint('test.two')]);
    expect(registry.find('Test.ONE')).toBe(one);
    expect(registry.find('test.three')).toBeUndefined();
    expect(registry.route('GET', '/API/v1/One/')).toBe(one);
    expect(registry.route('POST', '/api/v1/one')).toBeUndefined();
  });
  it('refuses two endpoints of one name or one route', () => {
    expect(() => new EndpointRegistry([endpoint('test.one'), endpoint('test.one')])).toThrow(
      'test.one is declared twice',
    );
    const route: Route = { method: 'GET', path: '/api/v1/one' };
    expect(() => new EndpointRegistry([endpoint('a', route), endpoint('b', route)])).toThrow(
      'GET /api/v1/one is declared twice',
    );
  });
  it('refuses names with capitals', () => {
    expect(() => endpoint('Test.One')).toThrow('lower case');
  });
});
