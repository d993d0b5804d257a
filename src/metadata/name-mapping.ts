/** Says that what follows is meant literally; rclone uses the same character. */
const QUOTE = '‛';

const REPLACED: Readonly<Record<string, string>> = { '/': '／', '\0': '␀' };
const WHOLE: Readonly<Record<string, string>> = { '.': '．', '..': '．．' };

/** `/`, NUL, what stands for them, the quote, and halves of surrogate pairs, which have no bytes. */
const AWKWARD = /[/\0／␀‛\p{Surrogate}]/u;
const AWKWARD_EACH = /[/\0／␀‛\p{Surrogate}]/gu;
const MAPPED_EACH = /‛(.)|[／␀]/gsu;

/**
 * A cloud's name as a name without `/` and NUL that is neither `.` nor `..`: ／ ␀ ． and ．． stand for them, and ‛ is
 * put before any of these, and before itself, where the cloud's name really has it. Half a surrogate pair becomes �.
 * It may still be empty, or longer than 255 bytes.
 */
export function mappedName(cloudName: string): string {
  if (cloudName.length <= 2) {
    const whole = WHOLE[cloudName];
    if (whole !== undefined) return whole;
    if (Object.values(WHOLE).includes(cloudName)) return QUOTE + cloudName;
  }
  if (!AWKWARD.test(cloudName)) return cloudName;
  return cloudName.replace(AWKWARD_EACH, (character) => {
    if (/\p{Surrogate}/u.test(character)) return '\u{fffd}';
    return REPLACED[character] ?? QUOTE + character;
  });
}

/** The cloud's name behind a mapped one: the inverse of `mappedName`. */
export function cloudName(mapped: string): string {
  for (const [original, standIn] of Object.entries(WHOLE)) if (mapped === standIn) return original;
  return mapped.replace(MAPPED_EACH, (character, quoted: string | undefined) => {
    if (quoted !== undefined) return quoted;
    return character === '／' ? '/' : '\0';
  });
}

/**
 * A cloud's name as programs see it on a cloud that refuses some characters: what stands for one of those is shown
 * as the character itself, and `mappedName` does the rest.
 */
export function shownName(cloud: string, forbidden: string): string {
  return mappedName(forbidden === '' ? cloud : withoutStandIns(cloud, forbidden));
}

/** The name to give in the cloud to what a program calls so: `shownName` leads back to it, except from odd quotes. */
export function storedName(shown: string, forbidden: string): string {
  const name = cloudName(shown);
  return forbidden === '' ? name : withStandIns(name, forbidden);
}

// A full-width character stands for a refused one, and ‛ before it says that it is meant itself. Quotes that happen
// to be in front of either are doubled, so that every name has one form and no two share one.
function withStandIns(name: string, forbidden: string): string {
  return name.replace(quotedRun(`${forbidden}${standInsOf(forbidden)}`), (run: string) => {
    const character = run.slice(-1);
    const quotes = QUOTE.repeat((run.length - 1) * 2);
    return forbidden.includes(character) ? quotes + standIn(character) : quotes + QUOTE + character;
  });
}

function withoutStandIns(name: string, forbidden: string): string {
  return name.replace(quotedRun(standInsOf(forbidden)), (run: string) => {
    const character = run.slice(-1);
    const quotes = run.length - 1;
    const kept = QUOTE.repeat(Math.floor(quotes / 2));
    return quotes % 2 === 1 ? kept + character : kept + originalOf(character);
  });
}

const FULL_WIDTH = 0xfee0;

function standIn(character: string): string {
  return String.fromCharCode(character.charCodeAt(0) + FULL_WIDTH);
}

function originalOf(standIn: string): string {
  return String.fromCharCode(standIn.charCodeAt(0) - FULL_WIDTH);
}

function standInsOf(forbidden: string): string {
  return Array.from(forbidden, standIn).join('');
}

function quotedRun(characters: string): RegExp {
  return new RegExp(`${QUOTE}*[${characters.replace(/[\\\]^-]/g, '\\$&')}]`, 'g');
}
