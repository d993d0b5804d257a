import type { GenericSchema } from 'valibot';

/** A cloud as far as the configuration knows it. */
export interface AccountKind {
  readonly kind: string;
  /** The account's own keys, without `kind`. */
  readonly schema: GenericSchema;
  /** What the root of a drive may be; anything when it is left out. */
  readonly root?: GenericSchema<string>;
}
