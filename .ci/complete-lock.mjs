// Adds the packages of other platforms to package-lock.json after a dependency has changed. A registry mirror that lacks them
// makes npm leave them out, and `npm ci` refuses such a file everywhere. Versions are those that the lock file already demands.
import { readFileSync, writeFileSync } from 'node:fs';

const PATH = new URL('../package-lock.json', import.meta.url);
const PLATFORM = /-(android|darwin|freebsd|linux|win32)-([a-z0-9]+)(?:-(gnu|musl|msvc))?$/;
const lock = JSON.parse(readFileSync(PATH, 'utf8'));

const missing = Object.entries(lock.packages).flatMap(([path, owner]) =>
  Object.entries(path === '' ? {} : (owner.optionalDependencies ?? {}))
    .filter(([name]) => !(`node_modules/${name}` in lock.packages))
    .map(([name, version]) => {
      const [, os, cpu, libc] = PLATFORM.exec(name) ?? [];
      if (os === undefined || !/^\d+\.\d+\.\d+/.test(version)) throw new Error(`${name}@${version}: add it by hand`);
      return [
        `node_modules/${name}`,
        {
          version,
          cpu: [cpu],
          ...(owner.dev ? { dev: true } : {}),
          ...(os === 'linux' ? { libc: [libc === 'musl' ? 'musl' : 'glibc'] } : {}),
          license: owner.license,
          optional: true,
          os: [os],
        },
      ];
    }),
);
const sorted = Object.entries({ ...lock.packages, ...Object.fromEntries(missing) }).sort(([a], [b]) => (a < b ? -1 : 1));
writeFileSync(PATH, `${JSON.stringify({ ...lock, packages: Object.fromEntries(sorted) }, null, 2)}\n`);
console.log(`package-lock.json: ${missing.length} packages of other platforms added`);
