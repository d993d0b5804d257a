import type { ApiCall, Endpoints } from '../api-service.js';
import { resourceReply } from '../envelope.js';
import { initUpload } from './init.js';
import { resumeUpload } from './resume.js';
import { uploadToken } from './token.js';
import type { UploadData, UploadParts } from './upload-parts.js';

/** Calls of an upload (API document, 17). */
export function uploadEndpoints(parts: UploadParts): Endpoints {
  return {
    'POST /open/upload/init': async (call) => reply(call, await initUpload(parts, call)),
    'GET /open/upload/get_token': (call) => reply(call, uploadToken(parts, call)),
    'POST /open/upload/resume': (call) => reply(call, resumeUpload(parts, call)),
  };
}

/** Objects as they come, or as the documentation has them: in arrays (API document, 2). */
function reply({ exchange }: ApiCall, data: UploadData): unknown {
  if (!exchange.struck('upload-data-array')) return resourceReply(data);
  const { callback } = data;
  return resourceReply([callback === undefined ? data : { ...data, callback: [callback].flat() }]);
}
