import type { PrivacyUnit } from '../privacy/certificate.ts';
import { describeUnit, OUTSIDE_THE_GUARANTEE } from '../privacy/statement.ts';

/** What a card tells; public or released, all of it. */
export interface ModelCardFacts {
  readonly synthesizer: string;
  /** One line on the method. */
  readonly method: string;
  readonly purpose: string;
  /** Released estimate of the number of rows. */
  readonly rows: number;
  readonly unit: PrivacyUnit;
  readonly epsilon: number;
  readonly delta: number;
  /** Per column, what was taken as public, as the certificate lists it. */
  readonly publicInputs: readonly string[];
}

/** Markdown of user text: nothing in it ends a line or starts markup. */
function escapeText(text: string): string {
  return text.replaceAll(/\s+/g, ' ').replaceAll(/[\\`*_{}[\]<>()#+!|~-]/g, '\\$&');
}

/**
 * The card of a model as Markdown: what it is, what it promises, how to check and use it, what it is not for.
 *
 * **Privacy**: a function of public and released values.
 */
export function renderModelCard(facts: ModelCardFacts): string {
  const { epsilon, delta, rows } = facts;
  return `# A private model (${escapeText(facts.synthesizer)})

${escapeText(facts.method)}

| | |
|---|---|
| Purpose it was booked under | ${escapeText(facts.purpose)} |
| Guarantee | (ε = ${epsilon}, δ = ${delta}) differential privacy for ${escapeText(describeUnit(facts.unit))}, added or removed |
| Rows | about ${rows}, a private estimate |
| Files | \`manifest.json\`, \`arrays.bin\`: the model; \`schema.json\`: what is public; \`certificate.json\`: every privacy event and the hash of each file |

## Use

\`tabveil verify\` recomputes the guarantee from the certificate. \`tabveil sample\` draws synthetic tables; it costs no budget.
\`tabveil model show\` tells what the model knows and how sure it is.

## Public by declaration

${facts.publicInputs.map((line) => `- ${escapeText(line)}`).join('\n')}

## Outside the guarantee

${OUTSIDE_THE_GUARANTEE.map((line) => `- ${line}`).join('\n')}

## Not for

Decisions about single people, and statements about groups so small that the noise covers them. Rows of a sample describe
nobody. Measure with \`tabveil evaluate\` before relying on a relation, for each group that matters.
`;
}
