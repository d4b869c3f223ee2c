import { Command, InvalidArgumentError, Option } from 'commander';
import { TabveilError } from '../../errors.ts';
import { formatRational, rationalFromText } from '../../math/rational.ts';
import { validateEvent } from '../../privacy/accounting/validate-event.ts';
import type { PrivacyEvent } from '../../privacy/events.ts';
import {
  type AccountResult,
  accountEvents,
  type CalibrateOptions,
  type CalibrateResult,
  calibrateNoise,
  readEvents,
} from '../../tasks/account.ts';
import { parseCount, parseDelta, parsePositiveNumber, parseShare } from '../numbers.ts';
import { formatNumber, renderTable } from '../output.ts';
import { withExample } from '../program.ts';
import { jsonOption, type Shell } from '../shell.ts';

/** Flags of every subcommand that prices events. */
interface PriceFlags {
  readonly delta: number;
  readonly household: number;
  readonly json?: boolean;
}

/** People of the household the meaning of epsilon is spelled out for. */
const USUAL_HOUSEHOLD = 4;

/** `tabveil account …`: a privacy calculator that needs no data. */
export function build(shell: Shell): Command {
  return new Command('account')
    .description(
      'A privacy calculator: what mechanisms cost together, and what that means to a person and a household. Reads no data.',
    )
    .addCommand(buildGaussian(shell))
    .addCommand(buildDiscreteGaussian(shell))
    .addCommand(buildDpSgd(shell))
    .addCommand(buildZcdp(shell))
    .addCommand(buildExponential(shell))
    .addCommand(buildCompose(shell))
    .addCommand(buildCalibrate(shell));
}

function priced(name: string, description: string): Command {
  return new Command(name).description(description);
}

function finish<T extends PriceFlags>(
  command: Command,
  shell: Shell,
  event: (flags: T) => PrivacyEvent,
  example: string,
): Command {
  addPriceOptions(command);
  withExample(command, example);
  return command.action(async (flags: T) => {
    const events = [event(flags)];
    const result = await shell.run(() => accountEvents({ events, delta: flags.delta, household: flags.household }));
    shell.print(result, renderAccount(result), flags.json);
  });
}

function addPriceOptions(command: Command): Command {
  return command
    .requiredOption('--delta <number>', 'delta of the guarantee', parseDelta)
    .addOption(householdOption())
    .addOption(jsonOption());
}

function householdOption(): Option {
  return new Option('--household <people>', 'people whose rows come and go together, 1 to 64')
    .argParser(parseCount)
    .default(USUAL_HOUSEHOLD);
}

const countOption = () => new Option('--count <number>', 'how many such releases').argParser(parseCount).default(1);

function buildGaussian(shell: Shell): Command {
  const command = priced('gaussian', 'Continuous Gaussian noise on statistics of L2 sensitivity 1: the exact formula.')
    .requiredOption('--sigma <number>', 'standard deviation of the noise', parsePositiveNumber)
    .addOption(countOption());
  return finish<PriceFlags & { sigma: number; count: number }>(
    command,
    shell,
    ({ sigma, count }) => fromFlags('gaussian', { sigma, l2Sensitivity: 1, count }),
    'tabveil account gaussian --sigma 10 --count 50 --delta 1e-6',
  );
}

function buildDiscreteGaussian(shell: Shell): Command {
  const command = priced('discrete-gaussian', 'Discrete Gaussian noise on counts, one of which a person changes by 1.')
    .requiredOption('--variance <number>', 'variance parameter, for example 100, 0.25 or 25/2', parseExact)
    .addOption(countOption());
  return finish<PriceFlags & { variance: string; count: number }>(
    command,
    shell,
    ({ variance, count }) => fromFlags('discrete-gaussian', { variance, l2Sensitivity: 1, oneCell: true, count }),
    'tabveil account discrete-gaussian --variance 100 --count 50 --delta 1e-6',
  );
}

function buildDpSgd(shell: Shell): Command {
  const command = priced('dpsgd', 'DP-SGD: Gaussian noise on clipped gradient sums of Poisson samples.')
    .requiredOption('--sample-rate <number>', 'probability with which each row joins a batch', parseShare)
    .requiredOption('--noise-multiplier <number>', 'noise standard deviation over clipping norm', parsePositiveNumber)
    .requiredOption('--steps <number>', 'number of noisy updates', parseCount);
  return finish<PriceFlags & { sampleRate: number; noiseMultiplier: number; steps: number }>(
    command,
    shell,
    ({ sampleRate, noiseMultiplier, steps }) =>
      fromFlags('subsampled-gaussian', { samplingRate: sampleRate, noiseMultiplier, steps }),
    'tabveil account dpsgd --sample-rate 0.01 --noise-multiplier 1.1 --steps 10000 --delta 1e-5',
  );
}

function buildZcdp(shell: Shell): Command {
  const command = priced('zcdp', 'Anything of a known concentrated cost rho, by the tight conversion.').requiredOption(
    '--rho <number>',
    'concentrated cost',
    parsePositiveNumber,
  );
  return finish<PriceFlags & { rho: number }>(
    command,
    shell,
    ({ rho }) => fromFlags('zcdp', { rho, count: 1 }),
    'tabveil account zcdp --rho 0.5 --delta 1e-6',
  );
}

function buildExponential(shell: Shell): Command {
  const command = priced('exponential', 'Selections by the exponential mechanism, chosen adaptively.')
    .requiredOption('--epsilon <number>', 'epsilon of one selection, for example 0.1 or 1/10', parseExact)
    .addOption(countOption());
  return finish<PriceFlags & { epsilon: string; count: number }>(
    command,
    shell,
    ({ epsilon, count }) => fromFlags('exponential', { epsilon, count }),
    'tabveil account exponential --epsilon 0.1 --count 20 --delta 1e-6',
  );
}

function buildCompose(shell: Shell): Command {
  const command = priced('compose', 'Everything in a file of events, or in a certificate, together.').argument(
    '<events.json>',
    'array of events, {"events": [...]}, or a certificate.json',
  );
  addPriceOptions(command);
  withExample(command, 'tabveil account compose people-model/certificate.json --delta 1e-9');
  return command.action(async (path: string, { delta, household, json }: PriceFlags) => {
    const result = await shell.run(async () => accountEvents({ events: await readEvents(path), delta, household }));
    shell.print(result, renderAccount(result), json);
  });
}

/** Flags of every `calibrate` subcommand. */
interface TargetFlags {
  readonly epsilon: number;
  readonly delta: number;
  readonly json?: boolean;
}

function buildCalibrate(shell: Shell): Command {
  const gaussian = new Command('gaussian')
    .description('Standard deviation of Gaussian noise at L2 sensitivity 1.')
    .addOption(countOption());
  const zcdp = new Command('zcdp').description('Largest concentrated cost rho.');
  const dpsgd = new Command('dpsgd')
    .description('Noise multiplier of DP-SGD.')
    .requiredOption('--sample-rate <number>', 'probability with which each row joins a batch', parseShare)
    .requiredOption('--steps <number>', 'number of noisy updates', parseCount);
  return new Command('calibrate')
    .description('The least noise that meets a target; the value printed satisfies it.')
    .addCommand(
      finishCalibrate<TargetFlags & { count: number }>(gaussian, shell, ({ epsilon, delta, count }) => ({
        mechanism: 'gaussian',
        epsilon,
        delta,
        count,
      })),
    )
    .addCommand(
      finishCalibrate<TargetFlags>(zcdp, shell, ({ epsilon, delta }) => ({ mechanism: 'zcdp', epsilon, delta })),
    )
    .addCommand(
      finishCalibrate<TargetFlags & { sampleRate: number; steps: number }>(
        dpsgd,
        shell,
        ({ epsilon, delta, sampleRate, steps }) => ({ mechanism: 'dpsgd', epsilon, delta, sampleRate, steps }),
        ' --sample-rate 0.01 --steps 10000',
      ),
    );
}

function finishCalibrate<T extends TargetFlags>(
  command: Command,
  shell: Shell,
  options: (flags: T) => CalibrateOptions,
  exampleFlags = '',
): Command {
  command
    .requiredOption('--epsilon <number>', 'epsilon to meet', parsePositiveNumber)
    .requiredOption('--delta <number>', 'delta to meet', parseDelta)
    .addOption(jsonOption());
  withExample(command, `tabveil account calibrate ${command.name()}${exampleFlags} --epsilon 1 --delta 1e-5`);
  return command.action(async (flags: T) => {
    const result = await shell.run(() => calibrateNoise(options(flags)));
    shell.print(result, renderCalibration(result), flags.json);
  });
}

function fromFlags(kind: PrivacyEvent['kind'], fields: Readonly<Record<string, unknown>>): PrivacyEvent {
  return validateEvent({ kind, ...fields }, { where: 'account', kind: 'usage' });
}

function parseExact(text: string): string {
  try {
    return formatRational(rationalFromText(text));
  } catch (error) {
    if (error instanceof TabveilError) throw new InvalidArgumentError('Write it like 100, 0.25 or 25/2.');
    throw error;
  }
}

function renderAccount({ epsilon, delta, accountant, onePerson, household }: AccountResult): string {
  const people = household.people === 1 ? [onePerson] : [onePerson, household];
  const table = renderTable(
    ['', ...people.map((risk) => (risk.people === 1 ? 'one person' : `household of ${risk.people}`))],
    [
      ['epsilon', ...people.map((risk) => formatUp(risk.epsilon))],
      ...(household.delta === delta ? [] : [['at delta', ...people.map((risk) => formatUp(risk.delta))]]),
      ['odds of membership, from even', ...people.map((risk) => formatOdds(risk.posteriorOdds))],
      [
        `members found at ${formatNumber(onePerson.falsePositiveRate * 100)} % false alarms`,
        ...people.map((risk) => `${formatUp(risk.truePositiveRate * 100)} %`),
      ],
    ],
  );
  return [
    `epsilon ${formatUp(epsilon)} at delta ${formatNumber(delta)} for adding or removing one unit (accountant: ${accountant})`,
    '',
    table,
    '',
    'Each number is the most any attacker can reach who knows everything else, except with probability delta.',
  ].join('\n');
}

function renderCalibration({ parameter, value, epsilon, delta, accountant }: CalibrateResult): string {
  return `${parameter} ${value}\ncosts epsilon ${formatUp(epsilon)} at delta ${formatNumber(delta)} (accountant: ${accountant})`;
}

/** Odds beyond what anybody can picture are shown as a power of ten. */
function formatOdds(odds: number): string {
  if (!Number.isFinite(odds)) return 'no limit';
  return odds <= 1e6 ? `${formatUp(odds)} to 1` : `10^${(Math.ceil(Math.log10(odds) * 10) / 10).toFixed(1)} to 1`;
}

/** Four significant digits, rounded up: these are upper bounds. */
function formatUp(value: number): string {
  if (!Number.isFinite(value)) return 'no limit';
  if (value === 0) return '0';
  const unit = 10 ** (Math.floor(Math.log10(value)) - 3);
  return formatNumber(Math.ceil((value / unit) * (1 - 1e-12)) * unit);
}
