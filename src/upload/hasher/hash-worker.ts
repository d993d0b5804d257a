import { parentPort, workerData } from 'node:worker_threads';
import { hashFile } from './hash-file.js';
import type { HashAnswer, HashQuestion } from './hash-messages.js';

/** Counts the questions that are answered no more: the parent writes it, also while a file is being read. */
const cancelled = new Int32Array(workerData as SharedArrayBuffer);

function answerTo({ job, path }: HashQuestion): HashAnswer {
  try {
    return { job, outcome: hashFile(path, () => Atomics.load(cancelled, 0) >= job) };
  } catch (error) {
    return { job, error: error instanceof Error ? error : new Error(String(error)) };
  }
}

parentPort?.on('message', (question: HashQuestion) => parentPort?.postMessage(answerTo(question)));
