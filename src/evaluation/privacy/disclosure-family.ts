import type { EvaluationInput, MetricFamily } from '../families.ts';
import { wilsonInterval } from '../intervals.ts';
import { type Better, type Metric, privateMetric } from '../metric.ts';
import { measureDisclosure } from './disclosure.ts';
import type { Trials } from './excess.ts';
import type { Neighbourhood } from './neighbourhood.ts';

/** Keys that an attacker is taken to know when the schema names no quasi-identifier. */
const DEFAULT_KEYS = 5;

/** Disclosure by known keys. */
export const disclosureFamily: MetricFamily = {
  name: 'disclosure by keys',
  definitions: [
    {
      id: 'disco',
      title: 'Disclosive in synthetic, correct in original (DiSCO)',
      section: 'privacy',
      better: 'near-baseline',
      definition:
        'Share of training rows whose key combination has one single value of the secret in the synthetic table, and the right one; baseline: the same for holdout rows.',
      criticism:
        'Informational: a generator that cannot leak scores high where the keys predict the secret. Only the holdout tells.',
    },
    {
      id: 'rep-u',
      title: 'Replicated uniques',
      section: 'privacy',
      better: 'near-baseline',
      definition:
        'Share of training rows that are unique on the keys in both tables; baseline: the same for holdout rows.',
      criticism: 'Informational: equal keys do not make it the same person.',
    },
  ],
  compute: async (input) => {
    const found = await input.neighbours();
    return found ? disclosureMetrics(input, found) : [];
  },
};

function disclosureMetrics(input: EvaluationInput, found: Neighbourhood): readonly Metric[] {
  return input.settings.secrets.flatMap((secret) => {
    const keys = disclosureKeys(input, secret);
    if (keys.length === 0) return [];
    const measure = (people: Neighbourhood['synthetic']) =>
      measureDisclosure(input.quantileBinned, { keys, target: secret }, { people, synthetic: found.synthetic });
    const [members, others] = [measure(found.members.people), measure(found.others.people)];
    const metric = (id: string, read: (side: typeof members) => Trials) =>
      shareOf(id, secret, { members: read(members), others: read(others), keys });
    return [metric('disco', (side) => side.disclosed), metric('rep-u', (side) => side.uniqueInBoth)];
  });
}

/** Quasi-identifiers; without any, protected columns and then the first categorical ones, five in all. */
function disclosureKeys(input: EvaluationInput, secret: string): readonly string[] {
  const fields = input.aligned.columns.map((column) => column.field).filter((field) => field.name !== secret);
  const chosen =
    input.settings.keys ??
    fields.filter((field) => field.roles.includes('quasi-identifier')).map((field) => field.name);
  if (chosen.length > 0) return chosen.filter((name) => name !== secret);
  const isProtected = (name: string) => input.settings.protectedColumns.includes(name);
  const names = fields.filter((field) => field.domain.kind === 'categorical').map((field) => field.name);
  return [...names.filter(isProtected), ...names.filter((name) => !isProtected(name))].slice(0, DEFAULT_KEYS);
}

function shareOf(
  id: string,
  secret: string,
  { members, others, keys }: { readonly members: Trials; readonly others: Trials; readonly keys: readonly string[] },
): Metric {
  const better: Better = 'near-baseline';
  return privateMetric({
    id,
    scope: { secret },
    value: members.successes / members.trials,
    baseline: others.successes / others.trials,
    interval: wilsonInterval(members.successes, members.trials),
    better,
    details: { keys: keys.join(', '), people: members.trials },
  });
}
