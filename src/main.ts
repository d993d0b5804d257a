#!/usr/bin/env -S UV_THREADPOOL_SIZE=16 node
import { main } from './cli/main.js';

process.exitCode = await main(process.argv.slice(2));
