/** One name in a folder. */
export interface FolderName {
  readonly name: string;
  readonly kind: 'file' | 'directory';
}

export interface NamesProtocol {
  'GET /v1/names': {
    /** `films:/2026`, or an absolute path of this machine inside a mount. */
    input: { readonly folder: string };
    output: readonly FolderName[];
    progress: never;
  };
}
