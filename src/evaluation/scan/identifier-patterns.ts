/** A kind of direct identifier and how to recognise one. */
export interface IdentifierKind {
  readonly kind: string;
  /** True for a text that is such an identifier, checksum included where there is one. */
  readonly matches: (text: string) => boolean;
  /** Share of the distinct values that must match before a column is named: forms that chance can meet need more. */
  readonly minShare: number;
}

/** Direct identifiers with a form of their own; the order decides which one a text counts as. */
export const IDENTIFIER_KINDS: readonly IdentifierKind[] = [
  {
    kind: 'e-mail address',
    minShare: 0,
    matches: (text) => /(?:^|[\s<(,;])[\w.+-]+@[a-z0-9-]+(?:\.[a-z0-9-]+)+/i.test(text),
  },
  { kind: 'web address', minShare: 0.05, matches: (text) => /^(?:https?:\/\/|www\.)\S+\.\S+$/i.test(text) },
  { kind: 'IBAN', minShare: 0, matches: (text) => isIban(text.replace(/\s/g, '')) },
  {
    kind: 'IPv4 address',
    minShare: 0.05,
    matches: (text) => /^(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.|$)){4}$/.test(text) && !text.endsWith('.'),
  },
  {
    kind: 'IPv6 address',
    minShare: 0.05,
    matches: (text) => /^(?=.*::|(?:[^:]*:){7})(?:[0-9a-f]{0,4}:){2,7}[0-9a-f]{0,4}$/i.test(text),
  },
  {
    kind: 'US social security number',
    minShare: 0.05,
    matches: (text) => /^(?!000|666|9)\d{3}-(?!00)\d{2}-(?!0000)\d{4}$/.test(text),
  },
  {
    kind: 'UK national insurance number',
    minShare: 0.05,
    matches: (text) =>
      /^(?!BG|GB|NK|KN|TN|NT|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z]\d{6}[A-D]$/i.test(text.replace(/\s/g, '')),
  },
  { kind: 'French social security number', minShare: 0.2, matches: (text) => isFrenchNumber(text.replace(/\s/g, '')) },
  { kind: 'Spanish identity number', minShare: 0.2, matches: isSpanishNumber },
  {
    kind: 'Italian tax code',
    minShare: 0.05,
    matches: (text) => /^[A-Z]{6}\d{2}[A-EHLMPRST]\d{2}[A-Z]\d{3}[A-Z]$/i.test(text),
  },
  {
    kind: 'Swiss social security number',
    minShare: 0.05,
    matches: (text) => /^756[.]?\d{4}[.]?\d{4}[.]?\d{2}$/.test(text) && isEan(text.replace(/\./g, '')),
  },
  { kind: 'card number', minShare: 0.5, matches: isCardNumber },
  { kind: 'phone number', minShare: 0.1, matches: isPhoneNumber },
  {
    kind: 'UUID',
    minShare: 0.5,
    matches: (text) => /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i.test(text),
  },
];

/** Names of columns that hold names of people. */
const NAME_COLUMN =
  /^(?:full|first|last|sur|fore|given|family|middle|maiden|customer|patient|person|employee|applicant)?[\s_-]?name$|^(?:vorname|nachname|nom|prenom|prénom|apellidos?|nombre)$/i;

/** True when a column's name says that it holds names of people. */
export function isNameColumn(columnName: string): boolean {
  return NAME_COLUMN.test(columnName.trim());
}

/** The kind of identifier a text is, or undefined. */
export function identifierKind(text: string): string | undefined {
  return IDENTIFIER_KINDS.find(({ matches }) => matches(text))?.kind;
}

/** Remainder of a long decimal number, digit by digit. */
function remainder(digits: string, modulus: number): number {
  let rest = 0;
  for (const digit of digits) rest = (rest * 10 + Number(digit)) % modulus;
  return rest;
}

/** ISO 13616: moved to the front, letters as two digits, remainder 1 modulo 97. */
function isIban(text: string): boolean {
  if (!/^[A-Z]{2}\d{2}[A-Z0-9]{10,30}$/i.test(text)) return false;
  const moved = `${text.slice(4)}${text.slice(0, 4)}`.toUpperCase();
  return (
    remainder(
      moved.replace(/[A-Z]/g, (letter) => String(letter.charCodeAt(0) - 55)),
      97,
    ) === 1
  );
}

/** ISO/IEC 7812: 13 to 19 digits in card groups that pass the Luhn check, not all equal. */
function isCardNumber(text: string): boolean {
  const digits = text.replace(/[ -]/g, '');
  if (!/^[2-6]\d{12,18}$/.test(digits) || /^(\d)\1*$/.test(digits)) return false;
  let sum = 0;
  for (let at = 0; at < digits.length; at += 1) {
    const digit = Number(digits[digits.length - 1 - at]);
    const doubled = at % 2 === 1 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}

/** 13 digits and a key of 97 − number mod 97. */
function isFrenchNumber(text: string): boolean {
  if (!/^[12]\d{2}(?:0[1-9]|1[0-2]|[2-9]\d)\d{10}$/.test(text)) return false;
  return 97 - remainder(text.slice(0, 13), 97) === Number(text.slice(13));
}

/** Eight digits (or X, Y, Z and seven) and a letter that depends on them modulo 23. */
function isSpanishNumber(text: string): boolean {
  const [, head = '', digits = '', letter = ''] = /^([XYZ]?)(\d{7,8})-?([A-Z])$/i.exec(text) ?? [];
  if (digits.length !== (head === '' ? 8 : 7)) return false;
  const number = Number(`${head === '' ? '' : 'XYZ'.indexOf(head.toUpperCase())}${digits}`);
  return 'TRWAGMYFPDXBNJZSQVHLCKE'[number % 23] === letter.toUpperCase();
}

/** EAN-13 check digit. */
function isEan(digits: string): boolean {
  const sum = [...digits].reduce((total, digit, at) => total + Number(digit) * (at % 2 === 0 ? 1 : 3), 0);
  return sum % 10 === 0;
}

/** International numbers, or national ones with separators; plain digit runs are not taken for phone numbers. */
function isPhoneNumber(text: string): boolean {
  const digits = text.replace(/\D/g, '').length;
  if (digits < 8 || digits > 15 || !/^[+(]?[\d\s().\-/]+$/.test(text)) return false;
  // Dates, and numbers in the form of a US social security number that is not one.
  if (/^\d{3}-\d{2}-\d{4}$/.test(text)) return false;
  if (/^\d{4}-\d{2}-\d{2}/.test(text) || /^\d{1,2}[./]\d{1,2}[./]\d{4}$/.test(text)) return false;
  return text.startsWith('+') || (/^\(?0?\d{2,5}\)?[\s\-/.]\d{2,4}[\s\-.]\d{2,}/.test(text) && /[\s()\-/]/.test(text));
}
