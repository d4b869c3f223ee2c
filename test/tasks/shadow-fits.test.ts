import { describe, expect, it } from 'vitest';
import { attackWithShadows } from '../../src/evaluation/privacy/shadow.ts';
import { createStream } from '../../src/random/stream.ts';
import { planDeepAttack } from '../../src/tasks/shadow-fits.ts';
import { smallEvaluation } from '../support/small-tables.ts';

const { schema, tables } = smallEvaluation();

describe('planDeepAttack', () => {
  it('takes model and budget from the certificate, and what is named instead', () => {
    const claim = { epsilon: 2, delta: 1e-6, synthesizer: 'mst' };
    expect(planDeepAttack({}, { schema, claim }, {})).toMatchObject({ generator: 'mst', epsilon: 2, delta: 1e-6 });
    const named = { model: 'independent', epsilon: 1, shadows: 40, targets: 3 };
    expect(planDeepAttack(named, { schema, claim }, {})).toMatchObject({
      generator: 'independent',
      epsilon: 1,
      shadows: 40,
      targets: 3,
    });
  });

  it('refuses what it cannot refit', () => {
    expect(() => planDeepAttack({}, { schema, claim: undefined }, {})).toThrow(/--deep refits a model, but none/);
    expect(() => planDeepAttack({ model: 'mst' }, { schema, claim: undefined }, {})).toThrow(/epsilon is not given/);
    expect(() => planDeepAttack({ model: 'nothing', epsilon: 1 }, { schema, claim: undefined }, {})).toThrow(
      /models are/,
    );
  });

  it('refits a registered model whose claim the attack does not refute', async () => {
    const deep = planDeepAttack({ model: 'independent', epsilon: 1 }, { schema, claim: undefined }, {});
    const [result] = await attackWithShadows({
      schema,
      population: tables.real,
      targets: [0],
      fit: deep.fit,
      shadows: 20,
      stream: createStream(1),
    });
    expect(result?.bound.epsilonLower).toBeLessThanOrEqual(1);
  });
});
