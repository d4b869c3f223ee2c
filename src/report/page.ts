import { type Html, html, renderHtml, trustedHtml } from './html.ts';
import { STYLE_SHEET } from './style.ts';

/** A self-contained page. */
export interface Page {
  readonly title: string;
  /** Stands above everything on screen and on every printed page. */
  readonly banner: string;
  /** True for private documents: the banner is an alarm. */
  readonly isPrivate: boolean;
  readonly body: Html;
}

/** The banner and the page number in the margin of every printed page; quotes and backslashes would end the CSS text. */
function pageMargins(banner: string): string {
  const text = banner.replace(/[^\w\s.,:;()-]/g, '');
  return `@media print { @page { @top-center { content: "${text}"; font: 600 8.5pt sans-serif; color: #a3141d; } @bottom-right { content: counter(page) " / " counter(pages); font: 8.5pt sans-serif; color: #444; } } }`;
}

/**
 * The HTML text of a page: no script, no network (a content security policy forbids both), one inline style sheet.
 */
export function renderPage(page: Page): string {
  return `<!doctype html>\n${renderHtml(html`<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<meta name="referrer" content="no-referrer">
<link rel="icon" href="data:,">
<title>${page.title}</title>
<style>${trustedHtml(STYLE_SHEET)}${trustedHtml(pageMargins(page.banner))}</style>
</head>
<body>
<div class="${page.isPrivate ? 'banner' : 'banner open'}" role="note">${page.banner}</div>
<main>${page.body}</main>
</body>
</html>`)}\n`;
}
