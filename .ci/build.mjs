// Compiles src/ to dist/. With --clean it starts from nothing, so that no file of an older version is packed.
import { spawnSync } from 'node:child_process';
import { chmodSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../', import.meta.url));
if (process.argv.includes('--clean')) rmSync(`${ROOT}dist`, { recursive: true, force: true });
const { status } = spawnSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.json'], {
  cwd: ROOT,
  stdio: 'inherit',
});
if (status === 0) chmodSync(`${ROOT}dist/cli/main.js`, 0o755);
process.exit(status ?? 1);
