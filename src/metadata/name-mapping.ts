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
