const SECRET_KEY = /token|secret|password|cookie/i;

/** What is shown in place of a secret. */
export const HIDDEN = '(hidden)';

/** Whether a key names something that must not be shown. */
export function isSecretKey(key: string): boolean {
  return SECRET_KEY.test(key);
}

/** Whether something secret is written anywhere in a value. */
export function holdsSecrets(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(value).some(([key, inner]) => isSecretKey(key) || holdsSecrets(inner));
}

/** The same value with every secret replaced. */
export function withoutSecrets(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(withoutSecrets);
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, isSecretKey(key) ? HIDDEN : withoutSecrets(inner)]),
  );
}
