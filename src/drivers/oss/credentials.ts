/** Temporary credentials (STS) for a storage. */
export interface OssCredentials {
  /** Where the storage is, as the owner of the bucket said; perhaps without a scheme. */
  readonly endpoint: string;
  readonly accessKeyId: string;
  readonly accessKeySecret: string;
  readonly securityToken: string;
}
