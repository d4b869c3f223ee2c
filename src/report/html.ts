const markup = Symbol('markup');

/** Text that is already HTML. Only `html` and `trustedHtml` make it, so plain texts are always escaped. */
export interface Html {
  readonly [markup]: string;
}

/** What may stand in an `html` template: HTML, text to escape, numbers, lists of these, or nothing. */
export type HtmlPart = Html | string | number | null | undefined | false | readonly HtmlPart[];

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Escapes text for element content and quoted attributes. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ESCAPES[character] ?? character);
}

/**
 * A template tag whose substitutions are escaped unless they are `Html` themselves.
 * @example renderHtml(html`<b>${'<'}</b>`) // '<b>&lt;</b>'
 */
export function html(strings: TemplateStringsArray, ...parts: readonly HtmlPart[]): Html {
  return {
    [markup]: strings.reduce(
      (text, piece, index) => text + (index > 0 ? renderPart(parts[index - 1]) : '') + piece,
      '',
    ),
  };
}

/** Marks text as HTML that our own code produced (charts, style sheets). */
export function trustedHtml(text: string): Html {
  return { [markup]: text };
}

/** The text of an `Html` value. */
export function renderHtml(value: Html): string {
  return value[markup];
}

function renderPart(part: HtmlPart): string {
  if (part === null || part === undefined || part === false) return '';
  if (typeof part === 'string') return escapeHtml(part);
  if (typeof part === 'number') return escapeHtml(String(part));
  if (isList(part)) return part.map(renderPart).join('');
  return part[markup];
}

function isList(part: HtmlPart): part is readonly HtmlPart[] {
  return Array.isArray(part);
}
