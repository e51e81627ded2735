import { fastify, type FastifyInstance } from 'fastify';

/** Each check is `ok`, or says what is wrong. */
export type Checks = () => Record<string, string>;

/** Counts by metric and label values, shown as Prometheus text. */
export class Counters {
  private readonly counts = new Map<string, number>();

  constructor(private readonly meanings: Readonly<Record<string, string>>) {}

  add(metric: string, labels: Readonly<Record<string, string>>): void {
    const text = Object.entries(labels).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
    const key = `${metric}{${text.join(',')}}`;
    this.counts.set(key, (this.counts.get(key) ?? 0) + 1);
  }

  /** Prometheus text format 0.0.4. */
  text(): string {
    const blocks = Object.entries(this.meanings).map(([metric, meaning]) => {
      const samples = [...this.counts].filter(([key]) => key.startsWith(`${metric}{`));
      const lines = samples.map(([key, count]) => `${key} ${count}\n`);
      return `# HELP ${metric} ${meaning}\n# TYPE ${metric} counter\n${lines.join('')}`;
    });
    return blocks.join('');
  }
}

/** `/health/live`, `/health/ready` (503 names the first failing check) and `/metrics`. */
export function healthServer(checks: Checks, counters: Counters): FastifyInstance {
  const app = fastify({ forceCloseConnections: true });
  app.get('/health/live', () => ({ status: 'live' }));
  app.get('/health/ready', (_request, reply) => {
    const results = checks();
    const failing = Object.entries(results).find(([, result]) => result !== 'ok');
    if (failing === undefined) return { status: 'ready', checks: results };
    return reply.code(503).send({ status: 'not ready', failing: failing[0], checks: results });
  });
  app.get('/metrics', (_request, reply) => reply.type('text/plain; version=0.0.4').send(counters.text()));
  return app;
}
