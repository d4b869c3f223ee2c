import { TabveilError } from '../errors.ts';
import { type AuditFinding, type AuditHooks, type AuditSubject, runAudit } from '../privacy/audit/audit.ts';
import { type MechanismFactory, mechanismSubjects } from '../privacy/audit/mechanism-cases.ts';
import { runOneRunAudit } from '../privacy/audit/one-run-audit.ts';
import { PrivacyRun } from '../privacy/privacy-run.ts';
import { SecureBits } from '../random/secure-bits.ts';
import { renderAuditPage } from '../report/audit-page.ts';
import { writeReport } from '../report/write-report.ts';
import { findSynthesizer, SYNTHESIZERS } from '../synthesizers/registry.ts';
import { gradientSubject } from './audit-gradients.ts';
import { oneRunSubject } from './audit-one-run.ts';
import { synthesizerSubject } from './audit-synthesizers.ts';
import type { TaskContext } from './task-context.ts';

/** What to audit and how hard. */
export interface AuditOptions {
  /** `mechanisms`, `dp-sgd`, `one-run`, names of synthesizers; everything when absent. */
  readonly subjects?: readonly string[];
  /** True for minutes, false for hours. */
  readonly quick: boolean;
  /** Runs of each subject with and without the unit; chosen by `quick` when absent. */
  readonly runsPerSide?: number;
  /** Budget at which synthesizers are audited; `DEFAULT_BUDGET` when absent. */
  readonly budget?: { readonly epsilon: number; readonly delta: number };
  /** Page with verdicts and trade-off curves (HTML); it holds nothing private. */
  readonly htmlPath?: string;
}

/** What the audit found. */
export interface AuditResult {
  /** `violated` when any claim is refuted. */
  readonly verdict: AuditFinding['verdict'];
  /** Probability that a true claim is refuted, per finding. */
  readonly alpha: number;
  readonly findings: readonly AuditFinding[];
}

/** Names the audit of single mechanisms. */
const MECHANISMS = 'mechanisms';
/** Names the audit of a discriminator's training. */
const DP_SGD = 'dp-sgd';
/** Names the audit of such a training by one run on many canaries. */
const ONE_RUN = 'one-run';
/** Large enough to be proven by few runs; the code that is audited is the same at any budget. */
export const DEFAULT_BUDGET = { epsilon: 4, delta: 1e-5 } as const;
/** Confidence 99.9 % per finding. */
const ALPHA = 1e-3;
/** A run of a synthesizer trains twice, so it gets fewer. */
const RUNS = {
  mechanism: { quick: 20_000, full: 500_000 },
  synthesizer: { quick: 3_000, full: 40_000 },
  // Each run goes through the network a dozen times.
  gradients: { quick: 1_000, full: 40_000 },
} as const;
/** Canaries of one run. */
const CANARIES = { quick: 4_000, full: 12_000 } as const;
/** Milliseconds between two progress reports. */
const PROGRESS_EVERY = 200;

/**
 * Measures how much mechanisms and whole trainings really leak on bad neighbours and holds it against their claims.
 *
 * **Privacy**: all tables are made up; nothing private is read and no budget is spent. Noise comes from the operating
 * system, as in production.
 * @throws TabveilError (usage) for unknown subjects or too few runs, (input) when the page cannot be written, (bug) when a
 * synthesizer's calls depend on private data.
 */
export async function audit(options: AuditOptions, context: TaskContext = {}): Promise<AuditResult> {
  const turns = planTurns(options);
  const findings: AuditFinding[] = [];
  for (const turn of turns) findings.push(await auditOne(turn, context));
  if (options.htmlPath !== undefined) await writeReport(options.htmlPath, await renderAuditPage(findings));
  const isViolated = findings.some(({ verdict }) => verdict === 'violated');
  return { verdict: isViolated ? 'violated' : 'consistent', alpha: ALPHA, findings };
}

/** A subject with the way it is judged. */
interface Turn {
  readonly name: string;
  readonly judge: (hooks: AuditHooks) => Promise<AuditFinding>;
}

function turnOf(subject: AuditSubject, runsPerSide: number): Turn {
  return { name: subject.name, judge: (hooks) => runAudit(subject, { runsPerSide, alpha: ALPHA }, hooks) };
}

function planTurns({ subjects, quick, runsPerSide, budget = DEFAULT_BUDGET }: AuditOptions): Turn[] {
  const bits = new SecureBits();
  const createMechanisms: MechanismFactory = (plan) => new PrivacyRun({ plan, bits });
  const effort = quick ? 'quick' : 'full';
  const known = [MECHANISMS, DP_SGD, ONE_RUN, ...SYNTHESIZERS.map(({ name }) => name)];
  const unknown = subjects?.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    const all = known.join(', ');
    throw new TabveilError('usage', 'audit.subject', `audit: "${unknown}" is unknown; subjects are ${all}.`);
  }
  return (subjects ?? known).flatMap((name): Turn[] => {
    switch (name) {
      case MECHANISMS:
        return mechanismSubjects(createMechanisms).map((subject) =>
          turnOf(subject, runsPerSide ?? RUNS.mechanism[effort]),
        );
      case DP_SGD:
        return [turnOf(gradientSubject({ budget, createMechanisms }), runsPerSide ?? RUNS.gradients[effort])];
      case ONE_RUN: {
        const subject = oneRunSubject(CANARIES[effort], { budget, createMechanisms });
        return [
          { name: subject.name, judge: (hooks) => runOneRunAudit(subject, { alpha: ALPHA, coins: bits }, hooks) },
        ];
      }
      default: {
        const subject = synthesizerSubject(findSynthesizer(name), { budget, createMechanisms });
        return [turnOf(subject, runsPerSide ?? RUNS.synthesizer[effort])];
      }
    }
  });
}

async function auditOne({ name, judge }: Turn, { signal, onProgress }: TaskContext): Promise<AuditFinding> {
  signal?.throwIfAborted();
  let reported = 0;
  const onRun = async (done: number, total: number) => {
    if (done < total && performance.now() - reported < PROGRESS_EVERY) return;
    reported = performance.now();
    onProgress?.({ phase: `audit ${name}`, done, total });
    // Promises alone never let signals and timers in.
    await new Promise((resolve) => setImmediate(resolve));
  };
  return judge({ ...(signal && { signal }), onRun });
}
