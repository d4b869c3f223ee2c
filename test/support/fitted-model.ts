import { coarseDomain } from '../../src/encode/table-codec.ts';
import { PrivacyRun } from '../../src/privacy/privacy-run.ts';
import { Private } from '../../src/privacy/private.ts';
import type { FittedTable } from '../../src/synthesizers/fit-table.ts';
import type { OpenModel, Synthesizer } from '../../src/synthesizers/synthesizer.ts';
import { StreamBits } from './stream-bits.ts';
import { fitJob, planTraining, UNIT_SCHEMAS, unitTable } from './table-training.ts';

/** Schema of the models below. */
export const FITTED_SCHEMA = UNIT_SCHEMAS.row;

/** A model of a small table, fitted with reproducible test noise, and opened. */
export async function fitSmallModel(
  synthesizer: Synthesizer,
  rows = 4000,
): Promise<{ readonly fitted: FittedTable; readonly model: OpenModel }> {
  const { plan } = planTraining(synthesizer, FITTED_SCHEMA);
  const mechanisms = new PrivacyRun({ plan, bits: new StreamBits(`fit ${synthesizer.name}`) });
  const data = Private.seal(unitTable(FITTED_SCHEMA, rows));
  const fitted = await fitJob({ synthesizer, schema: FITTED_SCHEMA, plan, data, mechanisms });
  return { fitted, model: synthesizer.open(coarseDomain(fitted.codec), fitted.parts) };
}
