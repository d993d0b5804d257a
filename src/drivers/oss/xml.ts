/** An element of a document without attributes that matter: text, or other elements. */
export interface XmlElement {
  readonly name: string;
  readonly text: string;
  readonly children: readonly XmlElement[];
}

interface OpenElement {
  readonly name: string;
  text: string;
  readonly children: XmlElement[];
}

const TOKEN =
  /<\?[\s\S]*?\?>|<!--[\s\S]*?-->|<(?<close>\/)?(?<name>[A-Za-z_][\w.:-]*)(?:\s[^<>]*?)?(?<empty>\/)?>|(?<text>[^<]+)/gy;

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/** The root of a document; null for anything that is not one whole, well-formed document of the plain kind that OSS sends. */
export function readXml(document: string): XmlElement | null {
  const root: OpenElement = { name: '', text: '', children: [] };
  const open: OpenElement[] = [root];
  let end = 0;
  for (const token of document.matchAll(TOKEN)) {
    end = token.index + token[0].length;
    const top = open.at(-1);
    if (top === undefined || !take(token.groups ?? {}, top, open)) return null;
  }
  const whole = end === document.length && open.length === 1 && root.text.trim() === '';
  return whole && root.children.length === 1 ? (root.children[0] ?? null) : null;
}

/** False when the token does not fit where it stands. */
function take(
  { close, name, empty, text }: Readonly<Record<string, string | undefined>>,
  top: OpenElement,
  open: OpenElement[],
): boolean {
  if (text !== undefined) top.text += unescaped(text);
  if (name === undefined) return true;
  if (close === undefined) {
    const element: OpenElement = { name, text: '', children: [] };
    top.children.push(element);
    if (empty === undefined) open.push(element);
    return true;
  }
  open.pop();
  return top.name === name && open.length > 0;
}

/** The text of the first child of that name; null without one. */
export function textOf(element: XmlElement, name: string): string | null {
  return element.children.find((child) => child.name === name)?.text.trim() ?? null;
}

/** Text as it stands inside an element. */
export function escaped(text: string): string {
  return text.replace(/[&<>]/g, (sign) => ({ '&': '&amp;', '<': '&lt;' })[sign] ?? '&gt;');
}

function unescaped(text: string): string {
  return text.replace(/&(?:#(\d+)|#x([0-9a-f]+)|(\w+));/gi, (whole, decimal, hex, name) => {
    if (typeof name === 'string') return ENTITIES[name] ?? whole;
    const code = typeof decimal === 'string' ? Number(decimal) : parseInt(String(hex), 16);
    return code <= 0x10_ff_ff ? String.fromCodePoint(code) : whole;
  });
}
