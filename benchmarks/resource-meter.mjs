// @ts-check
/**
 * Preloaded into a Node process (`--import`): when it ends, writes its CPU seconds of all threads, wall seconds and peak
 * memory to the file that `RESOURCE_METER_OUT` names.
 */
import { writeFileSync } from 'node:fs';

const out = process.env.RESOURCE_METER_OUT;
if (out !== undefined) {
  process.on('exit', () => {
    const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
    const usage = {
      cpuSeconds: (userCPUTime + systemCPUTime) / 1e6,
      wallSeconds: performance.now() / 1e3,
      peakBytes: maxRSS * 1024,
    };
    writeFileSync(out, JSON.stringify(usage));
  });
}
