import type { TensorOps } from './tensors.ts';

/** Which backend a namespace of operations was loaded for; all namespaces of a process share one current backend. */
const BACKEND_NAMES = new WeakMap<TensorOps, string>();

/** Notes the backend of a namespace: `withinScope` makes it current again. */
export function bindBackend(ops: TensorOps, name: string): void {
  BACKEND_NAMES.set(ops, name);
}

/**
 * Computes on the backend of `ops` and frees every tensor that was made meanwhile. Trainings that run side by side on different
 * backends would otherwise compute on whichever was made current last.
 * @param compute must not wait: nothing else may run before it ends.
 */
export function withinScope<T>(ops: TensorOps, compute: () => T): T {
  const name = BACKEND_NAMES.get(ops);
  // A backend that has been loaded is made current at once; the promise has nothing to wait for.
  if (name !== undefined && ops.getBackend() !== name) void ops.setBackend(name);
  ops.engine().startScope();
  try {
    return compute();
  } finally {
    ops.engine().endScope();
  }
}
