import { FsError } from '../../lib/errors.js';
import type { CodeExchange } from './account-login.js';
import type { Session } from '../session.js';

const STATE_BYTES = 16;

/** Sends the person to the consent page and takes what they bring back: the code, or the address that carries it. */
export async function followCodeLogin(
  session: Session,
  login: CodeExchange,
  redirectUri: string,
): Promise<void> {
  const { terminal, signal, output } = session;
  const state = Buffer.from(terminal.random.bytes(STATE_BYTES)).toString('hex');
  const page = login.authorizeUrl(redirectUri, state);
  if (output.json) output.result({ event: { kind: 'page', url: page } }, '');
  output.note(`Open this page and agree:\n\n  ${page}\n\nYou are then sent to ${redirectUri}?code=…`);
  const answer = await terminal.readLine('Paste that address, or the code alone: ', signal);
  if (answer === null || answer.trim() === '') {
    throw new FsError('EINVAL', 'no code was given', { reason: 'login' });
  }
  const code = codeOf(answer.trim(), state);
  await login.exchange(code, redirectUri, { signal, urgency: 'reader' });
}

/** Throws FsError EINVAL when the address carries none, or belongs to another login. */
export function codeOf(answer: string, state: string): string {
  if (!/^https?:\/\//.test(answer) || !URL.canParse(answer)) return answer;
  const query = new URL(answer).searchParams;
  const refused = query.get('error');
  if (refused !== null) {
    throw new FsError('EACCES', `the cloud answered: ${refused}`, { reason: 'login' });
  }
  const code = query.get('code');
  if (code === null)
    throw new FsError('EINVAL', 'this address carries no code: copy all of it, from http to its end');
  const belongs = query.get('state');
  if (belongs !== null && belongs !== state) {
    throw new FsError('EINVAL', 'this address belongs to another login: begin again and use the new page');
  }
  return code;
}
