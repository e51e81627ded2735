/**
 * Injection tokens of what every feature shares. Inject by interface:
 * `constructor(@Inject(DATABASE) private readonly database: Database)`.
 */
/** `Database` (`#platform/database/database`). */
export const DATABASE = Symbol('Database');
/** `SecretBox` (`#platform/crypto/secret-box`) under the installation's master key. */
export const SECRET_BOX = Symbol('SecretBox');
/** `SearchClient` (`#platform/search/search-client`). */
export const SEARCH = Symbol('SearchClient');
/** `GatewayConfig` (`config.ts`). */
export const CONFIG = Symbol('GatewayConfig');
/** `Logger` (`#platform/telemetry/logger`). */
export const LOGGER = Symbol('Logger');
