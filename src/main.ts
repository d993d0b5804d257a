#!/usr/bin/env -S UV_THREADPOOL_SIZE=16 node --initial-old-space-size=128 --max-semi-space-size=8
// All must be set before Node starts: threads for files, database and names; a heap that is not collected whole for
// every few MiB of film, whose bytes lie outside it, and whose young part stays small for the same reason.
import { main } from './cli/main.js';

process.exitCode = await main(process.argv.slice(2));
