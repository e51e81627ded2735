const SPEC = '\\.(unit|int|e2e)\\.spec\\.ts$';
const rule = (name, from, to) => ({ name, severity: 'error', from, to });

/** The import law of ARCHITECTURE.md. There are no exceptions to it: change the layout instead. */
module.exports = {
  forbidden: [
    rule('no-unresolvable', {}, { couldNotResolve: true }),
    rule('no-circular', {}, { circular: true }),
    rule('domain-imports-nothing', { path: '^libs/domain/', pathNot: SPEC }, { pathNot: '^libs/domain/' }),
    rule(
      'contracts-only-contracts',
      { path: '^libs/contracts/', pathNot: SPEC },
      { path: '^(apps|libs|tools)/', pathNot: '^libs/contracts/' },
    ),
    rule(
      'platform-no-product-lib',
      { path: '^libs/platform/' },
      { path: '^(apps|libs|tools)/', pathNot: '^libs/platform/' },
    ),
    rule('app-not-to-app', { path: '^apps/([^/]+)/' }, { path: '^apps/', pathNot: '^apps/$1/' }),
    rule('app-not-to-tools', { path: '^apps/', pathNot: SPEC }, { path: '^(tools|test)/' }),
    rule(
      'workers-without-domain',
      { path: '^apps/(mta-ingest|projector|webhook-dispatcher|eg)/' },
      { path: '^libs/domain/' },
    ),
    rule(
      'feature-not-to-feature',
      {
        path: '^apps/gateway-api/src/(domains|api-keys|smtp-logins|webhooks|sending|relay|events|statistics|accounts)/',
      },
      {
        path: '^apps/gateway-api/src/(domains|api-keys|smtp-logins|webhooks|sending|relay|events|statistics|accounts)/',
        pathNot: '^apps/gateway-api/src/$1/',
      },
    ),
    rule(
      'kafkajs-behind-platform',
      { path: '^apps/', pathNot: SPEC },
      { path: 'node_modules/(kafkajs|mysql2|@elastic)/' },
    ),
    rule('sandbox-stands-alone', { path: '^tools/sandbox/', pathNot: SPEC }, { path: '^(apps|libs)/' }),
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^dist/' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['eg-source', 'types', 'import', 'require', 'node', 'default'],
      extensions: ['.ts', '.js', '.mjs', '.json', '.d.ts'],
    },
  },
};
