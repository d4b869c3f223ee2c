import { describe, expect, it } from 'vitest';
import { TabveilError } from '../../../src/errors.ts';
import { EVENT_KINDS, validateEvent, validateEvents } from '../../../src/privacy/accounting/validate-event.ts';
import type { PrivacyEvent } from '../../../src/privacy/events.ts';

const GOOD: Readonly<Record<PrivacyEvent['kind'], PrivacyEvent>> = {
  gaussian: { kind: 'gaussian', sigma: 2, l2Sensitivity: 1, count: 3 },
  'discrete-gaussian': { kind: 'discrete-gaussian', variance: '25/2', l2Sensitivity: 1, oneCell: true, count: 1 },
  'discrete-laplace': { kind: 'discrete-laplace', scale: '3/2', l1Sensitivity: 1, count: 1 },
  exponential: { kind: 'exponential', epsilon: '1/2', count: 10 },
  'subsampled-gaussian': { kind: 'subsampled-gaussian', samplingRate: 0.01, noiseMultiplier: 1, steps: 1000 },
  'stability-threshold': {
    kind: 'stability-threshold',
    variance: '25',
    threshold: 26,
    l2Sensitivity: 1,
    delta: 1e-6,
    count: 1,
  },
  'laplace-threshold': {
    kind: 'laplace-threshold',
    scale: '10',
    threshold: 133,
    l1Sensitivity: 1,
    delta: 1e-6,
    count: 1,
  },
  zcdp: { kind: 'zcdp', rho: 0.5, count: 1 },
  pure: { kind: 'pure', epsilon: 1, count: 1 },
};

describe('validateEvent', () => {
  it.each(EVENT_KINDS)('a good %s event survives JSON', (kind) => {
    expect(validateEvent(JSON.parse(JSON.stringify(GOOD[kind])))).toEqual(GOOD[kind]);
  });

  it.each([
    ['gaussian', { sigma: 0 }, 'sigma is 0'],
    ['gaussian', { sigma: Number.NaN }, 'sigma is NaN'],
    ['gaussian', { sigma: Number.POSITIVE_INFINITY }, 'sigma is Infinity'],
    ['gaussian', { sigma: -1 }, 'sigma is -1'],
    ['gaussian', { sigma: '2' }, 'sigma is "2"'],
    ['gaussian', { sigma: 1e300 }, 'sigma is 1e+300'],
    ['gaussian', { count: 0 }, 'count is 0'],
    ['gaussian', { count: 1.5 }, 'count is 1.5'],
    ['gaussian', { count: 1e10 }, 'count is 10000000000'],
    ['gaussian', { count: 2 ** 60 }, 'count is'],
    ['gaussian', { l2Sensitivity: -1 }, 'l2Sensitivity is -1'],
    ['gaussian', { extra: 1 }, 'extra'],
    ['discrete-gaussian', { variance: 25 }, 'variance is 25'],
    ['discrete-gaussian', { variance: '0' }, 'variance is "0"'],
    ['discrete-gaussian', { variance: '1/0' }, 'variance is "1/0"'],
    ['discrete-gaussian', { variance: '-1' }, 'variance is "-1"'],
    ['discrete-gaussian', { variance: `1${'0'.repeat(59)}` }, 'variance is'],
    ['discrete-gaussian', { variance: '9'.repeat(100_000) }, 'variance is'],
    ['discrete-gaussian', { oneCell: 'yes' }, 'oneCell is "yes"'],
    ['subsampled-gaussian', { samplingRate: 1.01 }, 'samplingRate is 1.01'],
    ['subsampled-gaussian', { samplingRate: 0 }, 'samplingRate is 0'],
    ['subsampled-gaussian', { noiseMultiplier: 0 }, 'noiseMultiplier is 0'],
    ['subsampled-gaussian', { steps: 0.5 }, 'steps is 0.5'],
    ['stability-threshold', { delta: 1 }, 'delta is 1'],
    ['stability-threshold', { threshold: 1.5 }, 'threshold is 1.5'],
    ['stability-threshold', { threshold: 25 }, 'delta is below'],
    ['stability-threshold', { l2Sensitivity: 3 }, 'delta is below'],
    ['stability-threshold', { l2Sensitivity: 1e9 }, 'at most 10000'],
    ['laplace-threshold', { threshold: 132 }, 'delta is below'],
    ['laplace-threshold', { l1Sensitivity: 2 }, 'delta is below'],
    ['laplace-threshold', { l1Sensitivity: 1e9 }, 'at most 10000'],
    ['laplace-threshold', { scale: '0' }, 'scale is "0"'],
    ['zcdp', { rho: 0 }, 'rho is 0'],
    ['pure', { epsilon: Number.NaN }, 'epsilon is NaN'],
    ['exponential', { epsilon: '1e9' }, 'epsilon is "1e9"'],
  ] as const)('refuses a %s event with %o and says so', (kind, change, words) => {
    const attempt = () => validateEvent({ ...GOOD[kind], ...change }, { where: 'events.json: event 0', kind: 'input' });
    expect(attempt).toThrow(TabveilError);
    expect(attempt).toThrow(words);
    expect(attempt).toThrow('events.json: event 0');
  });

  it.each([
    [{ kind: 'laplace', scale: 1 }, 'kind "laplace" is unknown'],
    [{}, 'kind missing is unknown'],
    [{ kind: 'toString' }, 'unknown'],
    [null, 'found null'],
    [[], 'found []'],
    ['gaussian', 'found "gaussian"'],
  ])('refuses %o: never guessed', (value, words) => {
    expect(() => validateEvent(value)).toThrow(words);
  });

  it('missing fields are named', () => {
    expect(() => validateEvent({ kind: 'zcdp', rho: 1 })).toThrow('count is missing');
  });
});

describe('validateEvents', () => {
  it('reads arrays, {events} and certificate lines alike', () => {
    const event = GOOD.gaussian;
    expect(validateEvents([event])).toEqual([event]);
    expect(validateEvents({ events: [event] })).toEqual([event]);
    expect(validateEvents({ events: [{ label: 'a', purpose: 'b', event }] })).toEqual([event]);
  });

  it.each([3, null, {}, { events: 1 }, 'x'])('refuses %o', (value) => {
    expect(() => validateEvents(value)).toThrow('array of events');
  });

  it('names the bad event by its place', () => {
    expect(() => validateEvents([GOOD.zcdp, { kind: 'zcdp', rho: -1, count: 1 }])).toThrow('event 1');
  });
});
