#!/usr/bin/env node
// @ts-check
// The operators' command: runs the built application on the project's own Node.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname ?? new URL('.', import.meta.url).pathname, '..');
const entry = join(root, 'dist/apps/eg/src/main.js');
const packaged = join(root, 'node_modules/.bin/node');

if (!existsSync(entry)) {
  console.error('eg is not built: run npm run build (npm start does it too)');
  process.exitCode = 1;
} else {
  const node = existsSync(packaged) ? packaged : process.execPath;
  const flags = ['--disable-warning=ExperimentalWarning', '--disable-warning=TimeoutNegativeWarning'];
  const child = spawn(node, [...flags, entry, ...process.argv.slice(2)], { stdio: 'inherit' });
  // A Ctrl-C reaches the child by itself: it decides what that means.
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM'])) {
    process.on(signal, () => signal === 'SIGTERM' && child.kill(signal));
  }
  child.once('error', (error) => {
    console.error(`eg can't start: ${error.message}`);
    process.exitCode = 1;
  });
  child.once('exit', (code, signal) => (process.exitCode = signal ? 1 : (code ?? 1)));
}
