import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { rootCertificates } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { trustedCertificates } from '../../../src/net/certificate-authorities.js';

const AUTHORITY = fileURLToPath(new URL('tls/authority.pem', import.meta.url));
const SERVER = fileURLToPath(new URL('tls/server.pem', import.meta.url));

describe('certificate authorities', () => {
  it('are left to Node when no file is added', () => {
    assert.equal(trustedCertificates([], { NODE_EXTRA_CA_CERTS: AUTHORITY }), undefined);
  });

  it('are the usual ones and the files, and what NODE_EXTRA_CA_CERTS names', () => {
    const authority = readFileSync(AUTHORITY, 'utf8');
    assert.deepEqual(trustedCertificates([AUTHORITY], {}), [...rootCertificates, authority]);
    const both = trustedCertificates([AUTHORITY], { NODE_EXTRA_CA_CERTS: SERVER });
    assert.deepEqual(both?.slice(-2), [authority, readFileSync(SERVER, 'utf8')]);
  });
});
