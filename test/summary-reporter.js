import { writeSync } from 'node:fs';

/** Prints the closing line that CI reads; a suite that cannot load counts as one failure. */
export default class SummaryReporter {
  /**
   * @param {unknown} _contexts
   * @param {import('@jest/reporters').AggregatedResult} results
   */
  onRunComplete(_contexts, results) {
    const broken = results.testResults.filter((suite) => suite.testExecError).length;
    process.once('exit', () =>
      writeSync(1, `${results.numPassedTests} passed, ${results.numFailedTests + broken} failed\n`),
    );
  }
}
