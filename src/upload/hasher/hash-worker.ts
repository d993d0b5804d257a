import { parentPort, workerData } from 'node:worker_threads';
import { hashFile } from './hash-file.js';
import { CANCELLED_JOB, type HashAnswer, type HashQuestion, READ_BYTES } from './hash-messages.js';

/** What this thread and its parent tell each other while a file is being read. */
const shared = new BigInt64Array(workerData as SharedArrayBuffer);

function answerTo({ job, path }: HashQuestion): HashAnswer {
  try {
    const goesOn = (bytes: number): boolean => {
      Atomics.store(shared, READ_BYTES, BigInt(bytes));
      return Atomics.load(shared, CANCELLED_JOB) < job;
    };
    return { job, outcome: hashFile(path, goesOn) };
  } catch (error) {
    return { job, error: error instanceof Error ? error : new Error(String(error)) };
  }
}

parentPort?.on('message', (question: HashQuestion) => parentPort?.postMessage(answerTo(question)));
