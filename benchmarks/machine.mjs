// @ts-check
/** The machine a measurement was taken on, in facts that travel with every result. */
import { arch, cpus, loadavg, platform, release, totalmem } from 'node:os';

/** @returns processor, cores, memory, operating system and Node version, and how busy the machine was */
export function describeMachine() {
  return {
    processor: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    system: `${platform()} ${release()} ${arch()}`,
    node: process.version,
    loadAverage: Number((loadavg()[0] ?? 0).toFixed(2)),
  };
}
