import { findColumn } from '../aligned-tables.ts';
import type { EvaluationInput, MetricFamily } from '../families.ts';
import type { Metric } from '../metric.ts';
import { riskMetric } from './attack-metric.ts';
import { countRightGuesses } from './inference.ts';
import { countLinks } from './linkability.ts';
import type { Neighbourhood, SideNeighbours } from './neighbourhood.ts';
import { countMatches, distinctRows, jointPredicates, type Predicate, singleColumnPredicates } from './singling-out.ts';

/** Predicates tried by each singling-out attack. */
const MAX_PREDICATES = 2000;

/** Singling out: predicates that isolate one synthetic row, tried on training and on holdout rows. */
export const singlingOutFamily: MetricFamily = {
  name: 'singling out',
  definitions: [
    {
      id: 'singling-out',
      title: 'Singling-out risk',
      section: 'privacy',
      better: 'lower',
      definition:
        'Excess share of predicates, each isolating one synthetic row, that isolate exactly one training row, over the share that isolate one holdout row; as a share of what the control leaves.',
      criticism: 'Finds what its predicates can say: one column, or three at a time. A null result proves nothing.',
    },
  ],
  compute: async (input) => {
    const found = await input.neighbours();
    return found ? singlingOutMetrics(input, found) : [];
  },
};

function singlingOutMetrics(input: EvaluationInput, found: Neighbourhood): readonly Metric[] {
  const tables = input.aligned;
  const members = distinctRows(tables, found.members.people);
  const others = distinctRows(tables, found.others.people);
  const attack = (variant: string, predicates: readonly Predicate[]) => {
    const isolated = (people: typeof members) =>
      predicates.filter((predicate) => countMatches(tables, people, predicate) === 1).length;
    const counts = { attacks: predicates.length, controlAttacks: predicates.length };
    return riskMetric(
      { id: 'singling-out', variant, scope: null },
      { ...counts, successes: isolated(members), controlSuccesses: isolated(others) },
      { sampled: found.isSampled },
    );
  };
  const options = (name: string) => ({ limit: MAX_PREDICATES, stream: input.stream(`singling-out-${name}`) });
  return [
    attack('univariate', singleColumnPredicates(tables, found.synthetic, options('univariate'))),
    attack('multivariate', jointPredicates(tables, found.synthetic, options('multivariate'))),
  ];
}

/** Linkability: do two half-records of one person lead to the same synthetic row? */
export const linkabilityFamily: MetricFamily = {
  name: 'linkability',
  definitions: [
    {
      id: 'linkability',
      title: 'Linkability risk',
      section: 'privacy',
      better: 'lower',
      definition:
        'Excess share of training rows, over holdout rows, whose nearest synthetic row by one set of columns is also the nearest by the other columns.',
      criticism: 'Depends on how the columns are split; ties go to the lowest row, and their share is in the details.',
    },
  ],
  compute: async (input) => {
    const found = await input.neighbours();
    if (!found) return [];
    const [first, second] = [countLinks(...found.members.links), countLinks(...found.others.links)];
    const counts = {
      attacks: first.targets,
      successes: first.links,
      controlAttacks: second.targets,
      controlSuccesses: second.links,
    };
    return [
      riskMetric({ id: 'linkability', scope: null }, counts, {
        tiedShareFirstSet: first.tiedFirst / first.targets,
        tiedShareSecondSet: first.tiedSecond / first.targets,
        firstSet: found.linkSets[0].join(', '),
        secondSet: found.linkSets[1].join(', '),
        sampled: found.isSampled,
      }),
    ];
  },
};

/** Inference: is a secret guessed from all other columns? */
export const inferenceFamily: MetricFamily = {
  name: 'inference',
  definitions: [
    {
      id: 'inference',
      title: 'Inference risk',
      section: 'privacy',
      better: 'lower',
      definition:
        'Excess share of training rows, over holdout rows, whose secret is guessed right by the synthetic row nearest in all other columns; with half the rows copied it is one half.',
      criticism:
        'The attacker knows every other column. What can be inferred about people who were never in the table is not counted.',
    },
  ],
  compute: async (input) => {
    const found = await input.neighbours();
    return found ? input.settings.secrets.map((secret) => inferenceMetric(input, found, secret)) : [];
  },
};

function inferenceMetric(input: EvaluationInput, found: Neighbourhood, secret: string): Metric {
  const column = findColumn(input.aligned, secret);
  const position = found.scale.numberNames.indexOf(secret);
  const range = found.scale.ranges[position] ?? 1;
  const right = (side: SideNeighbours) => {
    const nearest = side.withoutSecret.get(secret);
    return nearest
      ? countRightGuesses(column, nearest, { targets: side.people, candidates: found.synthetic, range })
      : 0;
  };
  const counts = {
    attacks: found.members.people.rows.length,
    successes: right(found.members),
    controlAttacks: found.others.people.rows.length,
    controlSuccesses: right(found.others),
  };
  return riskMetric({ id: 'inference', scope: { secret } }, counts, { sampled: found.isSampled });
}
