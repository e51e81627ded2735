import { run } from './run.js';

const code = await run(process.argv.slice(2));
// A command that ended well may still have found something wrong, and says so itself.
if (code !== 0) process.exitCode = code;
