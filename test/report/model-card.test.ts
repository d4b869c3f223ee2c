import { describe, expect, it } from 'vitest';
import { type ModelCardFacts, renderModelCard } from '../../src/report/model-card.ts';

const FACTS: ModelCardFacts = {
  synthesizer: 'mst',
  method: 'A tree of pairs.',
  purpose: 'research',
  rows: 3011,
  unit: { kind: 'entity', key: ['patient'], maxRows: 5 },
  epsilon: 1,
  delta: 1e-9,
  publicInputs: ['age: name, type, bounds', 'city: name, type, categories'],
};

describe('model card', () => {
  it('says what is promised to whom, what was public, and what lies outside', () => {
    const card = renderModelCard(FACTS);
    expect(card).toContain('(ε = 1, δ = 1e-9)');
    expect(card).toContain('all rows of one entity');
    expect(card).toContain('- age: name, type, bounds');
    expect(card).toContain('## Outside the guarantee');
  });

  it('shows names and purposes as they are, whatever markup or line breaks they hold', () => {
    const card = renderModelCard({ ...FACTS, purpose: 'a | b\n# <script>', publicInputs: ['[x](javascript:y): name'] });
    expect(card).toContain('a \\| b \\# \\<script\\>');
    expect(card).toContain('- \\[x\\]\\(javascript:y\\): name');
    expect(card.split('\n').filter((line) => line.startsWith('#'))).toHaveLength(5);
  });
});
