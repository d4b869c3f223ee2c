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
<style>${trustedHtml(STYLE_SHEET)}</style>
</head>
<body>
<div class="${page.isPrivate ? 'banner' : 'banner open'}" role="note">${page.banner}</div>
<main>${page.body}</main>
</body>
</html>`)}\n`;
}
