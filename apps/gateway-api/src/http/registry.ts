import type { Endpoint } from './endpoint.js';

/**
 * All endpoints of the process, by command and by v1 route. Each feature folder exports its module and a list
 * (`domainsEndpoints`, `apiKeysEndpoints`, …) that `app.module.ts` hands over. Two endpoints with one name refuse to start.
 */
export class EndpointRegistry {
  private readonly byCommand = new Map<string, Endpoint>();

  constructor(readonly endpoints: readonly Endpoint[]) {
    const routes = new Set<string>();
    for (const endpoint of endpoints) {
      if (this.byCommand.has(endpoint.command))
        throw new Error(`command ${endpoint.command} is declared twice`);
      this.byCommand.set(endpoint.command, endpoint);
      if (endpoint.v1 === undefined) continue;
      const route = `${endpoint.v1.method} ${endpoint.v1.path.toLowerCase()}`;
      if (routes.has(route)) throw new Error(`route ${route} is declared twice`);
      routes.add(route);
    }
  }

  /** Looks a `Command` up in any letter case. */
  find(command: string): Endpoint | undefined {
    return this.byCommand.get(command.toLowerCase());
  }
}
