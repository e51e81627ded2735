import type { Endpoint } from './endpoint.js';

/**
 * All endpoints of the process, by command and by v1 route. Each feature folder exports its module and a list
 * (`domainsEndpoints`, `apiKeysEndpoints`, …) that `app.module.ts` hands over. Two endpoints with one name refuse to start.
 */
export class EndpointRegistry {
  private readonly byCommand = new Map<string, Endpoint>();
  private readonly byRoute = new Map<string, Endpoint>();

  constructor(readonly endpoints: readonly Endpoint[]) {
    for (const endpoint of endpoints) {
      if (this.byCommand.has(endpoint.command))
        throw new Error(`command ${endpoint.command} is declared twice`);
      this.byCommand.set(endpoint.command, endpoint);
      if (endpoint.v1 === undefined) continue;
      const route = routeKey(endpoint.v1.method, endpoint.v1.path);
      if (this.byRoute.has(route)) throw new Error(`route ${route} is declared twice`);
      this.byRoute.set(route, endpoint);
    }
  }

  /** Looks a `Command` up in any letter case. */
  find(command: string): Endpoint | undefined {
    return this.byCommand.get(command.toLowerCase());
  }

  /** Looks a v1 route up; paths match in any letter case and with a trailing slash. */
  route(method: string, path: string): Endpoint | undefined {
    return this.byRoute.get(routeKey(method, path));
  }
}

const routeKey = (method: string, path: string) => `${method} ${path.toLowerCase().replace(/\/+$/, '')}`;
