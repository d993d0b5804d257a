#!/usr/bin/env -S UV_THREADPOOL_SIZE=16 node --initial-old-space-size=128
// Both must be set before Node starts: threads for files, database and names; and a heap that is not collected whole
// for every few MiB of film, whose bytes lie outside it.
import { main } from './cli/main.js';

process.exitCode = await main(process.argv.slice(2));
