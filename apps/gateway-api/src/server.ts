import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { AppModule, type Resources } from './app.module.js';
import { ApiRoutes } from './http/api.routes.js';
import { allowOrigins } from './http/cors.js';
import { createHttpAdapter } from './http/fastify.js';
import { OperatorServer } from './operator/operator-server.js';

export interface GatewayServer {
  /** Base URL of the API. */
  readonly api: string;
  /** Base URL of the operators' endpoints. */
  readonly operator: string;
  /** Takes no new request, answers those under way, then resolves. */
  close(): Promise<void>;
}

/** Starts both servers of the gateway. Rejects when an address cannot be used; needs no engine to start. */
export async function startGateway(resources: Resources): Promise<GatewayServer> {
  const { config } = resources;
  const adapter = createHttpAdapter(config);
  const app = await NestFactory.create<NestFastifyApplication>(
    AppModule.with(resources),
    adapter,
    // Nest's own log has another form; what goes wrong at start is thrown, what goes wrong later is logged by the filter.
    { bodyParser: false, logger: false, abortOnError: false },
  );
  allowOrigins(app, config.corsOrigins);
  app.get(ApiRoutes, { strict: false }).register(adapter.getInstance());
  const operator = app.get(OperatorServer, { strict: false });
  try {
    await app.listen(config.httpPort, config.httpHost);
    const operatorPort = await operator.listen({ host: config.operatorHost, port: config.operatorPort });
    return {
      api: (await app.getUrl()).replace('[::1]', '127.0.0.1'),
      operator: `http://${config.operatorHost}:${operatorPort}`,
      async close() {
        await operator.close();
        await app.close();
      },
    };
  } catch (error) {
    await operator.close();
    await app.close();
    throw error;
  }
}
