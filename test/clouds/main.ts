import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { CallMeter, TrafficMeter } from './house/call-meter.js';
import { CloudClock } from './house/cloud-clock.js';
import { ConnectionLedger } from './house/connection-ledger.js';
import { FaultSwitches } from './house/faults.js';
import { buildLibrary } from './house/libraries.js';
import { ProfileSettings } from './house/profiles.js';
import { RequestLog } from './house/request-log.js';
import { CloudServer, type Listening } from './house/server.js';
import type { EmulatedCloud, House } from './house/service.js';
import { faultList, parseCloudArguments, USAGE, type CloudArguments } from './options.js';
import { Pan115OpenCloud, USER_ID } from './pan115-open/cloud.js';

/** What a started cloud says on its first line of output. */
export interface ReadyLine extends Listening {
  readonly ready: true;
  readonly login: EmulatedCloud['login'];
}

function buildHouse(options: CloudArguments): House {
  const faults = new FaultSwitches();
  for (const { name, setting } of options.faults) faults.on(name, setting);
  return {
    clock: new CloudClock(),
    profile: new ProfileSettings(options.profile),
    faults,
    calls: new CallMeter(),
    traffic: new TrafficMeter(),
    links: new ConnectionLedger(),
    accounts: new ConnectionLedger(),
  };
}

function announce(listening: Listening, cloud: EmulatedCloud): void {
  const line: ReadyLine = { ready: true, ...listening, login: cloud.login };
  if (!process.stdout.isTTY) {
    process.stdout.write(`${JSON.stringify(line)}\n`);
    return;
  }
  const { clientId, refreshToken } = cloud.login;
  process.stdout.write(
    `${cloud.kind} at ${listening.url}, control at ${listening.control}\n` +
      `Ready login: app ${clientId}, refresh token ${refreshToken}\n`,
  );
}

/** Resolves when somebody wants the cloud to end: a signal, or the process that started it is gone. */
function untilStopped(): Promise<void> {
  return new Promise((resolve) => {
    process.once('SIGTERM', () => resolve());
    process.once('SIGINT', () => resolve());
    process.once('disconnect', () => resolve());
  });
}

async function run(options: CloudArguments): Promise<void> {
  const house = buildHouse(options);
  const drive = buildLibrary(options.library, USER_ID, options.film);
  const cloud = new Pan115OpenCloud(house, drive, {
    linkHost: options.linkHost,
    ossEndpoint: options.ossEndpoint,
    // Uploaded bytes must outlive the cloud when its state does.
    objects: options.state === null ? null : `${options.state}.objects`,
  });
  if (options.state !== null && existsSync(options.state)) {
    cloud.load(JSON.parse(readFileSync(options.state, 'utf8')));
  }
  const server = new CloudServer(house, cloud, new RequestLog(options.log));
  announce(await server.listen(options), cloud);
  await untilStopped();
  await server.close();
  if (options.state !== null) writeFileSync(options.state, JSON.stringify(cloud.save()));
  await cloud.close();
}

async function main(argv: readonly string[]): Promise<number> {
  try {
    const options = parseCloudArguments(argv);
    if (options === 'help') process.stdout.write(USAGE);
    else if (options === 'faults') process.stdout.write(faultList());
    else await run(options);
    return 0;
  } catch (error) {
    process.stderr.write(`cloud: ${error instanceof Error ? error.message : String(error)}\n`);
    return 2;
  }
}

process.exit(await main(process.argv.slice(2)));
