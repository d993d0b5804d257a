import { readFileSync } from 'node:fs';
import { rootCertificates } from 'node:tls';
import { FsError } from '../lib/errors.js';

/**
 * What TLS connections trust when PEM files are added: the built-in roots, those of NODE_EXTRA_CA_CERTS and
 * the files. Undefined without files: then Node's own default holds, which knows that variable by itself.
 * Throws FsError EINVAL when a file cannot be read or holds no certificate.
 */
export function trustedCertificates(
  files: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): string[] | undefined {
  if (files.length === 0) return undefined;
  const extra = environment['NODE_EXTRA_CA_CERTS'];
  const all = extra === undefined || extra === '' ? files : [...files, extra];
  return [...rootCertificates, ...all.map(readCertificates)];
}

function readCertificates(path: string): string {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new FsError('EINVAL', `${path}: the CA certificates cannot be read`, {
      cause: error,
      reason: 'refused',
    });
  }
  if (!text.includes('-----BEGIN CERTIFICATE-----')) {
    throw new FsError('EINVAL', `${path}: no PEM certificate in this file`, { reason: 'refused' });
  }
  return text;
}
