// @ts-check
/** The `lending` population as a sum over all combinations of its discrete causes. */
import {
  AGE,
  ageBand,
  ageWeights,
  EMPLOYMENTS,
  employmentWeights,
  GENDERS,
  GUARANTOR,
  HISTORIES,
  historyWeights,
  PURPOSES,
  purposeWeights,
  REGIONS,
} from './model.mjs';

/**
 * @typedef {object} Group one combination of all discrete causes
 * @property {number} weight its share of the population
 * @property {import('./model.mjs').Region} region
 * @property {import('./model.mjs').Gender} gender
 * @property {number} band
 * @property {import('./model.mjs').Employment} employment
 * @property {import('./model.mjs').History} history
 * @property {import('./model.mjs').Purpose} purpose
 * @property {boolean} guarantor
 */

/** @returns {{ weight: number, mean: number, square: number }[]} share and age moments of each band */
function ageBands() {
  const bands = AGE.bandStarts.map(() => ({ weight: 0, mean: 0, square: 0 }));
  ageWeights().forEach((weight, index) => {
    const age = AGE.minimum + index;
    const band = /** @type {{ weight: number, mean: number, square: number }} */ (bands[ageBand(age)]);
    band.weight += weight;
    band.mean += weight * age;
    band.square += weight * age * age;
  });
  return bands.map(({ weight, mean, square }) => ({ weight, mean: mean / weight, square: square / weight }));
}

const BANDS = ageBands();

/** @returns {Group[]} every combination with positive weight; the weights sum to 1 */
export function enumerateGroups() {
  /** @type {Group[]} */
  const groups = [];
  for (const [region, regionShare] of entries(REGIONS)) {
    for (const [gender, genderShare] of entries(GENDERS)) {
      for (const [band, { weight }] of BANDS.entries()) {
        const person = { region, gender, band, weight: regionShare * genderShare * weight };
        groups.push(...groupsOf(person));
      }
    }
  }
  return groups.filter((group) => group.weight > 0);
}

/**
 * @param {Pick<Group, 'region' | 'gender' | 'band' | 'weight'>} person
 * @returns {Group[]}
 */
function groupsOf(person) {
  const { band, region } = person;
  return EMPLOYMENTS.flatMap((employment, e) =>
    HISTORIES.flatMap((history, h) =>
      PURPOSES.flatMap((purpose, p) =>
        [true, false].map((guarantor) => ({
          ...person,
          employment,
          history,
          purpose,
          guarantor,
          weight:
            person.weight *
            (employmentWeights(band, region)[e] ?? 0) *
            (historyWeights(band, employment)[h] ?? 0) *
            (purposeWeights(band, employment, region)[p] ?? 0) *
            (guarantor ? (GUARANTOR[band] ?? 0) : 1 - (GUARANTOR[band] ?? 0)),
        })),
      ),
    ),
  );
}

/**
 * Entries of a record with their names' type kept.
 *
 * @template {string} Name
 * @param {Readonly<Record<Name, number>>} record
 */
export function entries(record) {
  return /** @type {[Name, number][]} */ (Object.entries(record));
}

/**
 * Mean of a power of age in a band.
 *
 * @param {number} band
 * @param {number} power 0, 1 or 2
 */
export function agePower(band, power) {
  const { mean, square } = BANDS[band] ?? { mean: 0, square: 0 };
  return [1, mean, square][power] ?? 0;
}
