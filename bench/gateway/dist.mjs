// @ts-check
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ROOT } from '../../tools/stack/paths.mjs';

/**
 * A module of the built product.
 * @param {string} path below dist
 * @returns {Promise<any>}
 */
export const load = (path) => import(pathToFileURL(join(ROOT, 'dist', path)).href);
