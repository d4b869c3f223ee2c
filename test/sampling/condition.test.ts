import { describe, expect, it } from 'vitest';
import { type ConditionContext, parseCondition } from '../../src/sampling/condition.ts';
import { parseSchema } from '../../src/table/schema-file.ts';

const FIELDS = [
  { name: 'id', type: 'string', privacy: { role: 'identifier' } },
  { name: 'age', type: 'integer', constraints: { required: true, minimum: 0, maximum: 99 } },
  { name: 'age at entry', type: 'integer', constraints: { minimum: 0, maximum: 99 } },
  { name: 'born', type: 'date', constraints: { minimum: '1900-01-01', maximum: '2020-12-31' } },
  { name: 'city', type: 'string', constraints: { required: true, enum: ['Ulm', 'Bern', 'a|b', "'s"] } },
  { name: 'grade', type: 'string', categories: ['low', 'mid', 'high'], categoriesOrdered: true },
  { name: 'member', type: 'boolean', trueValues: ['yes'], falseValues: ['no'] },
];
const CONTEXT: ConditionContext = {
  schema: parseSchema({ fields: FIELDS }, 'conditions.schema.json'),
  labels: new Map([
    ['city', ['Ulm', 'Bern', 'a|b', "'s"]],
    ['grade', ['low', 'mid', 'high']],
    ['member', ['false', 'true']],
  ]),
};
const parse = (text: string) => parseCondition(text, CONTEXT);

describe('parseCondition reads', () => {
  it.each([
    ['age>=30', { column: 'age', kind: 'compare', operator: '>=', value: 30 }],
    [' age < 30.5 ', { column: 'age', kind: 'compare', operator: '<', value: 30.5 }],
    ['age=30|31', { column: 'age', kind: 'numbers', values: [30, 31], negated: false }],
    ['age!=30', { column: 'age', kind: 'numbers', values: [30], negated: true }],
    ['born>1970-01-02', { column: 'born', kind: 'compare', operator: '>', value: 1 }],
    ['city=Ulm', { column: 'city', kind: 'categories', labels: ['Ulm'], negated: false }],
    ['city=Ulm|Bern', { column: 'city', kind: 'categories', labels: ['Ulm', 'Bern'], negated: false }],
    ['city!="Bern"', { column: 'city', kind: 'categories', labels: ['Bern'], negated: true }],
    ['grade>=mid', { column: 'grade', kind: 'compare', operator: '>=', value: 1 }],
    ['grade is missing', { column: 'grade', kind: 'missing', negated: false }],
    ['grade IS NOT missing', { column: 'grade', kind: 'missing', negated: true }],
    ['member=yes', { column: 'member', kind: 'categories', labels: ['true'], negated: false }],
    ['member=false', { column: 'member', kind: 'categories', labels: ['false'], negated: false }],
  ])('%s', (text, condition) => {
    expect(parse(text)).toEqual(condition);
  });

  it('the longest column name that fits, and categories that look like lists or quotes', () => {
    expect(parse('age at entry>5').column).toBe('age at entry');
    expect(parse('city=a|b')).toMatchObject({ labels: ['a|b'] });
    expect(parse("city='s")).toMatchObject({ labels: ["'s"] });
  });
});

describe('parseCondition refuses', () => {
  it.each([
    ['income>3', 'it begins with no column and operator; columns are age, age at entry, born, city, grade, member'],
    ['id=3', '"id" is an identifier'],
    ['age', 'it begins with no column and operator'],
    ['age is missing', '"age" is declared as never missing'],
    ['age is odd', '"is odd" is no condition'],
    ['age>=', 'there is no value after ">="'],
    ['age>old', '"old" is no integer as "age" holds; write one like 12'],
    ['age>3|4', '">" takes one integer, not a list'],
    ['born>5', '"5" is no date as "born" holds; write one like 2024-01-31'],
    ['city=Rome', '"Rome" is no category of "city"; categories are Ulm, Bern'],
    ['city>Ulm', 'the categories of "city" have no order; use = or !='],
    ['grade>low|mid', '">" takes one category'],
  ])('%s', (text, message) => {
    expect(() => parse(text)).toThrow(`--where "${text}": ${message}`);
  });
});
