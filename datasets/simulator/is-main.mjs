// @ts-check
import { realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/**
 * Whether a module is the script that Node was started with, also when it was named through a symbolic link: Node resolves
 * links in the address of a module, but not in the arguments of the process.
 *
 * @param {string} url `import.meta.url` of the module
 */
export function isMain(url) {
  const script = process.argv[1];
  if (script === undefined) return false;
  try {
    return realpathSync(script) === realpathSync(fileURLToPath(url));
  } catch {
    return false;
  }
}
