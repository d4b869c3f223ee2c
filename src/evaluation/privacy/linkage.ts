/** A claim needs the best score to stand out by this many standard deviations. */
export const ECCENTRICITY_THRESHOLD = 1.5;

/** Rarity weight of an attribute that `support` candidate rows share: 1 / ln support, at least two counted. */
export function rarityWeight(support: number): number {
  return 1 / Math.log(Math.max(support, 2));
}

/**
 * Score of every candidate: Σ over known attributes of weight · similarity.
 * @param similarities - one array per known attribute, one value in [0, 1] per candidate.
 * @source Narayanan, Shmatikov, "Robust de-anonymization of large sparse datasets", IEEE S&P 2008, section 4.
 */
export function linkageScores(similarities: readonly Float64Array[], weights: readonly number[]): Float64Array {
  const scores = new Float64Array(similarities[0]?.length ?? 0);
  similarities.forEach((similarity, attribute) => {
    const weight = weights[attribute] as number;
    for (let row = 0; row < scores.length; row += 1) scores[row]! += weight * (similarity[row] as number);
  });
  return scores;
}

/** The best candidate and how far it stands out: (best − second best) / standard deviation of all scores. */
export function standOut(scores: Float64Array): { readonly best: number; readonly eccentricity: number } {
  let best = -1;
  let [first, second] = [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY];
  let [total, squares] = [0, 0];
  scores.forEach((score, row) => {
    total += score;
    squares += score * score;
    if (score > first) {
      second = first;
      first = score;
      best = row;
    } else if (score > second) {
      second = score;
    }
  });
  const mean = total / scores.length;
  const deviation = Math.sqrt(Math.max(squares / scores.length - mean * mean, 0));
  return { best, eccentricity: deviation > 0 ? (first - second) / deviation : 0 };
}
