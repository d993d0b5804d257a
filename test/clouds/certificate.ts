import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** A self-signed certificate in a folder of its own. */
export interface Certificate {
  /** Paths of the PEM files. */
  readonly cert: string;
  readonly key: string;
  /** The certificate itself, to trust it. */
  readonly ca: string;
  /** Removes the folder. */
  remove(): Promise<void>;
}

/** Makes a certificate that is good for these host names for a day. Needs the openssl program. */
export async function makeCertificate(hosts: readonly string[]): Promise<Certificate> {
  const folder = await mkdtemp(join(tmpdir(), 'cloud-certificate-'));
  const cert = join(folder, 'cert.pem');
  const key = join(folder, 'key.pem');
  const names = hosts.map((host) => `DNS:${host}`).join(',');
  await promisify(execFile)('openssl', [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '1'],
    ...['-subj', '/CN=emulated cloud', '-addext', `subjectAltName=${names}`, '-keyout', key, '-out', cert],
  ]);
  return {
    cert,
    key,
    ca: await readFile(cert, 'utf8'),
    remove: () => rm(folder, { recursive: true }),
  };
}
