import { JUNK_PATTERNS } from './junk.js';

/** How one drive writes. Times are milliseconds. */
export interface UploadOptions {
  /** From the last close until the upload begins, so that short-lived files cost no call. */
  readonly delay: number;
  /** async: close(2) answers when the bytes are safe on this machine. sync: when the cloud has them. */
  readonly close: 'async' | 'sync';
  /** Names that stay on this machine; `*` stands for any characters. */
  readonly junk: readonly string[];
  /** Changes are sent after so long without another one. */
  readonly quiet: number;
  /** Changes are sent so long after the first one in any event. */
  readonly gather: number;
}

export const UPLOAD_DEFAULTS: UploadOptions = {
  delay: 5000,
  close: 'async',
  junk: JUNK_PATTERNS,
  quiet: 1000,
  gather: 5000,
};
