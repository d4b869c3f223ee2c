import type { Claim } from '../evaluation/verdict/verdict.ts';

/** Beyond this epsilon the bound on what somebody can become sure of says nothing. */
const CERTAIN = 99;

/** A certified guarantee in words: unit, what changes, what somebody can learn at most. Rounded up. */
export function describeGuarantee({ epsilon, delta, unit, synthesizer }: Claim): string {
  const certainty = Math.ceil(100 / (1 + Math.exp(-epsilon)));
  const who = `The model that made this table${synthesizer === undefined ? '' : ` (${synthesizer})`} is certified`;
  const bound =
    certainty > CERTAIN
      ? 'Epsilon is so large that it hardly limits what somebody can become sure of about one person.'
      : `Somebody who starts from an even guess whether a person was in the training table can become at most ${certainty} % sure, whatever else they know, except with probability delta.`;
  return `${who}: epsilon ${epsilon}, delta ${delta}, for adding or removing ${unit ?? 'one unit'}. ${bound}`;
}
