import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { defineConfig, readConfig, setting, type Values } from '#platform/config/settings';
import { elasticsearchSettings, kafkaSettings, mysqlSettings } from '#platform/config/shared-settings';

/**
 * What `eg` needs, per kind of command: a command that only asks Kafka must not want a MySQL password. A running
 * system is found through `<EG_VAR>/run/stack.json`; variables that are set win over it.
 */
const place = {
  varDir: setting.string('EG_VAR', {
    default: 'var',
    description: 'Folder in which a local stack keeps its state',
  }),
};

export const operatorDefinition = defineConfig('eg', {
  ...place,
  operatorUrl: setting.url('EG_OPERATOR_URL', {
    default: 'http://127.0.0.1:8090',
    description: 'Base URL of the gateway’s operator endpoints',
  }),
  adminApiKey: setting.secret('EG_ADMIN_API_KEY', { description: 'Key of the operator endpoints' }),
});

export const kafkaDefinition = defineConfig('eg', { ...kafkaSettings });

export const doctorDefinition = defineConfig('eg', {
  ...place,
  ...mysqlSettings,
  ...kafkaSettings,
  ...elasticsearchSettings,
});

/** Every setting of `eg`, for the reference. */
export const definition = defineConfig('eg', {
  ...operatorDefinition.settings,
  ...doctorDefinition.settings,
});

export type OperatorConfig = Values<typeof operatorDefinition.settings>;
export type KafkaConfig = Values<typeof kafkaDefinition.settings>;
export type DoctorConfig = Values<typeof doctorDefinition.settings>;

/** The parts of `stack.json` that `eg` reads. */
export interface StackFile {
  operator: string;
  adminApiKey: string;
  mysql: { host: string; port: number; user: string; password: string; database: string };
  kafka: { brokers: string[] };
  elasticsearch: { url: string };
  mta?: { accountingDir: string };
  health: Record<string, string>;
  pids: Record<string, number>;
}

/** The file of the running stack, or undefined when none runs. @throws Error when it is not JSON */
export function readStack(varDir: string): StackFile | undefined {
  return readJson<StackFile>(join(varDir, 'run', 'stack.json'));
}

function readJson<T>(file: string): T | undefined {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    return JSON.parse(text) as T;
  } catch {
    throw new Error(`${file} is not valid JSON; stop and start the stack, it writes the file anew`);
  }
}

export function readOperatorConfig(env = process.env): OperatorConfig {
  return readConfig(operatorDefinition, withStack(env));
}

export function readKafkaConfig(env = process.env): KafkaConfig {
  return readConfig(kafkaDefinition, withStack(env));
}

export function readDoctorConfig(env = process.env): DoctorConfig {
  return readConfig(doctorDefinition, withStack(env));
}

/** What a process of the accounting ingest is started with. The reference key of a local stack is in `secrets.json` only. */
export function ingestEnvironment(env = process.env): NodeJS.ProcessEnv {
  const varDir = varDirOf(env);
  const stack = readStack(varDir);
  if (!stack) return env;
  const accountingDir = stack.mta?.accountingDir;
  return {
    ...(accountingDir !== undefined && { EG_ACCOUNTING_DIR: accountingDir }),
    ...(env['EG_REFERENCE_KEY'] === undefined && { EG_REFERENCE_KEY: readReferenceKey(varDir) }),
    ...withStack(env),
  };
}

function readReferenceKey(varDir: string): string | undefined {
  return readJson<Record<string, string>>(join(varDir, 'secrets.json'))?.['EG_REFERENCE_KEY'];
}

/** Folder of the local stack. */
export function varDirOf(env = process.env): string {
  return env['EG_VAR'] ?? 'var';
}

function withStack(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const stack = readStack(varDirOf(env));
  if (!stack) return env;
  return {
    EG_OPERATOR_URL: stack.operator,
    EG_ADMIN_API_KEY: stack.adminApiKey,
    EG_MYSQL_HOST: stack.mysql.host,
    EG_MYSQL_PORT: String(stack.mysql.port),
    EG_MYSQL_USER: stack.mysql.user,
    EG_MYSQL_PASSWORD: stack.mysql.password,
    EG_MYSQL_DATABASE: stack.mysql.database,
    EG_KAFKA_BROKERS: stack.kafka.brokers.join(','),
    EG_ELASTICSEARCH_URL: stack.elasticsearch.url,
    ...env,
  };
}
