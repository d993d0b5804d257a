import { writeFile } from 'node:fs/promises';
import { toBuffer, toString } from 'qrcode';
import { FsError } from '../../lib/errors.js';
import type { QrEvent } from './account-login.js';
import type { Session } from '../session.js';

/** Pixels of a module in the picture: large enough for a phone to read from a screen. */
const PICTURE_SCALE = 8;

/** Shows a QR code until the person has scanned and confirmed it; a new code replaces one that expired. */
export async function followQrLogin(
  session: Session,
  events: AsyncIterable<QrEvent>,
  image: string | null,
): Promise<void> {
  for await (const event of events) {
    if (session.output.json) session.output.result({ event }, '');
    if (event.kind === 'qr') await showCode(session, event.text, image);
    else if (event.kind === 'done') return;
    else session.output.note(describeEvent(event));
  }
  throw new FsError('EACCES', 'the login ended without being confirmed', { reason: 'login' });
}

async function showCode(session: Session, text: string, image: string | null): Promise<void> {
  if (image !== null) await savePicture(image, text);
  const drawn = session.output.json ? '' : await draw(session, text);
  const place = image === null ? '' : `\nThe code is in ${image} too.`;
  session.output.note(`${drawn}Scan this with the app of the cloud on your phone and confirm there.${place}`);
}

function describeEvent(event: Exclude<QrEvent, { readonly kind: 'qr' | 'done' }>): string {
  if (event.kind === 'expired') return 'This code has expired; here is a new one:';
  return event.message === '' ? 'Scanned: confirm on the phone.' : `Scanned: ${event.message}`;
}

async function draw(session: Session, text: string): Promise<string> {
  const { errors } = session.terminal;
  // Its own black on white can be read on any background; without colours the blocks must do.
  const type = errors.isTTY && session.output.hasColours ? 'terminal' : 'utf8';
  return `${(await toString(text, { type, small: true })).trimEnd()}\n`;
}

async function savePicture(path: string, text: string): Promise<void> {
  try {
    await writeFile(path, await toBuffer(text, { type: 'png', scale: PICTURE_SCALE }), { mode: 0o600 });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new FsError('EINVAL', `--image: the picture cannot be written: ${why}`, { cause: error });
  }
}
