/** A verb's own options come before those of every command. */
export const OWN_OPTIONS = 'Options:';
