import type { FileHandle } from 'node:fs/promises';
import { basename } from 'node:path';
import { type FileSystem, NODE_FILES } from '../../src/privacy/ledger/durable.ts';

/** One call to the file system: `append claims.ledger.jsonl`, `sync .`, … */
export type FileCall = `${'open' | 'append' | 'write' | 'sync' | 'truncate' | 'rename' | 'unlink' | 'mkdir'} ${string}`;

/** A file system that notes its calls and fails those that `shouldFail` picks, with a system error code. */
export function watchFiles(shouldFail: (call: FileCall, earlier: readonly FileCall[]) => string | undefined): {
  readonly files: FileSystem;
  readonly calls: FileCall[];
} {
  const calls: FileCall[] = [];
  const note = (call: FileCall): void => {
    const code = shouldFail(call, calls);
    calls.push(call);
    if (code !== undefined) throw Object.assign(new Error(`${code}: injected`), { code });
  };
  const open: FileSystem['open'] = async (path, flags, mode) => {
    const name = basename(String(path));
    note(`open ${name}`);
    return watchHandle(await NODE_FILES.open(path, flags, mode), name, note);
  };
  const files: FileSystem = {
    ...NODE_FILES,
    open,
    rename: async (from, to) => {
      note(`rename ${basename(String(to))}`);
      await NODE_FILES.rename(from, to);
    },
    unlink: async (path) => {
      note(`unlink ${basename(String(path))}`);
      await NODE_FILES.unlink(path);
    },
  };
  return { files, calls };
}

/** A handle whose writes and syncs are noted; a failing append leaves half of its text behind, as a full disk does. */
function watchHandle(handle: FileHandle, name: string, note: (call: FileCall) => void): FileHandle {
  return new Proxy(handle, {
    get(target, property) {
      if (property === 'appendFile') {
        return async (text: string) => {
          try {
            note(`append ${name}`);
          } catch (error) {
            await target.appendFile(text.slice(0, text.length / 2));
            throw error;
          }
          await target.appendFile(text);
        };
      }
      if (property === 'sync' || property === 'truncate' || property === 'writeFile') {
        return async (...given: unknown[]) => {
          note(`${property === 'writeFile' ? 'write' : property} ${name}`);
          await Reflect.apply(target[property] as (...items: unknown[]) => Promise<void>, target, given);
        };
      }
      const value: unknown = Reflect.get(target, property, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
