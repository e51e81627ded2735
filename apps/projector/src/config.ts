import { defineConfig, readConfig } from '#platform/config/settings';
import {
  elasticsearchSettings,
  healthSettings,
  kafkaSettings,
  logSettings,
} from '#platform/config/shared-settings';

export const definition = defineConfig('projector', {
  ...logSettings,
  ...healthSettings(9105),
  ...kafkaSettings,
  ...elasticsearchSettings,
});

/** @throws ConfigError that names every wrong variable */
export const readProjectorConfig = (env: NodeJS.ProcessEnv = process.env) => readConfig(definition, env);
