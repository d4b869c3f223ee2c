import type { EvaluationResult } from '../evaluation/evaluate-tables.ts';

/** The evaluation as JSON text, stable in key order. **Privacy**: private; the first keys say so. */
export function renderEvaluationJson(result: EvaluationResult): string {
  return `${JSON.stringify(result, null, 2)}\n`;
}
