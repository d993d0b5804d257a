import { randomBytes } from 'node:crypto';
import type { Exchange } from '../house/exchange.js';
import { element, xmlDocument } from './xml.js';

/** Refusals of OSS: HTTP status and the words that come with the code (API document, 17.6). */
const REFUSALS = {
  AccessDenied: [403, 'AccessDenied'],
  CallbackFailed: [203, 'Error status : 502.'],
  EntityTooSmall: [400, 'Your proposed upload is smaller than the minimum allowed size.'],
  FileAlreadyExists: [409, 'The object you specified already exists and can not be overwritten.'],
  InternalError: [500, 'Please contact the server administrator, oss@service.aliyun.com.'],
  InvalidAccessKeyId: [403, 'The OSS Access Key Id you provided does not exist in our records.'],
  InvalidArgument: [400, 'The argument is invalid.'],
  InvalidDigest: [400, 'The Content-MD5 you specified was invalid.'],
  InvalidPart: [
    400,
    'One or more of the specified parts could not be found or the specified entity tag might not have matched the part’s entity tag.',
  ],
  InvalidPartOrder: [400, 'The list of parts was not in ascending order.'],
  InvalidSecurityToken: [403, 'The security token you provided is invalid.'],
  MalformedXML: [
    400,
    'The XML you provided was not well-formed or did not validate against our published schema.',
  ],
  MissingContentLength: [411, 'You must provide the Content-Length HTTP header.'],
  NoSuchUpload: [
    404,
    'The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.',
  ],
  NotImplemented: [501, 'A header or query you provided requires functionality that is not implemented.'],
  PartAlreadyExist: [409, 'For sequential multipart upload, you can’t overwrite existed parts.'],
  PartNotSequential: [
    400,
    'For sequential multipart upload, you must upload or complete parts with sequential part number.',
  ],
  RequestTimeTooSkewed: [403, 'The difference between the request time and the current time is too large.'],
  SecondLevelDomainForbidden: [403, 'Please use virtual hosted style to access.'],
  SecurityTokenExpired: [403, 'The security token you provided has expired.'],
  ServiceUnavailable: [503, 'Please reduce your request rate.'],
  SignatureDoesNotMatch: [
    403,
    'The request signature we calculated does not match the signature you provided. Check your key and signing method.',
  ],
} as const satisfies Readonly<Record<string, readonly [status: number, message: string]>>;

export type OssErrorCode = keyof typeof REFUSALS;

/** What a storage request is refused with. */
export class OssError extends Error {
  override readonly name = 'OssError';
  readonly code: OssErrorCode;
  readonly status: number;
  readonly details: Readonly<Record<string, string>>;

  constructor(code: OssErrorCode, details: Readonly<Record<string, string>> = {}, status?: number) {
    super(REFUSALS[code][1]);
    this.code = code;
    this.status = status ?? REFUSALS[code][0];
    this.details = details;
  }
}

/** Answers with the error document of OSS. */
export function sendOssError(exchange: Exchange, error: OssError): void {
  const requestId = newRequestId();
  exchange.notes.reason = error.code;
  const members = {
    Code: error.code,
    Message: error.message,
    RequestId: requestId,
    HostId: exchange.hostname,
    ...error.details,
  };
  exchange.send(error.status, xmlDocument('Error', element(members)), {
    'content-type': 'application/xml',
    'x-oss-request-id': requestId,
  });
}

/** 24 upper-case hex digits, as in every answer of OSS. */
export function newRequestId(): string {
  return randomBytes(12).toString('hex').toUpperCase();
}
