// Installs the dependencies once, and again when the lock file has changed; does nothing when they are there.
import { spawnSync } from 'node:child_process';
import { lstatSync, statSync } from 'node:fs';

const ROOT = new URL('../', import.meta.url);
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`tabveil: Node ${process.versions.node} is too old; 20.19 or newer is needed.`);
  process.exit(2);
}

/** True when the installation is newer than the lock file, or when the folder is a link to an installation kept elsewhere. */
function isInstalled() {
  try {
    if (lstatSync(new URL('node_modules', ROOT)).isSymbolicLink()) return true;
    const installed = statSync(new URL('node_modules/.package-lock.json', ROOT));
    return installed.mtimeMs >= statSync(new URL('package-lock.json', ROOT)).mtimeMs;
  } catch {
    return false;
  }
}

if (!isInstalled()) {
  const { status } = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: ROOT,
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
  });
  process.exit(status ?? 1);
}
