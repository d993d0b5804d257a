import type { Endpoints } from '../api-service.js';
import { initUpload } from './init.js';
import { resumeUpload } from './resume.js';
import { uploadToken } from './token.js';
import type { UploadParts } from './upload-parts.js';

/** Calls of an upload (API document, 17). */
export function uploadEndpoints(parts: UploadParts): Endpoints {
  return {
    'POST /open/upload/init': (call) => initUpload(parts, call),
    'GET /open/upload/get_token': (call) => uploadToken(parts, call),
    'POST /open/upload/resume': (call) => resumeUpload(parts, call),
  };
}
