import { readFileSync } from 'node:fs';
import { CallMeter, TrafficMeter } from '../../test/clouds/house/call-meter.js';
import { CloudClock } from '../../test/clouds/house/cloud-clock.js';
import { ConnectionLedger } from '../../test/clouds/house/connection-ledger.js';
import { Drive, type DriveState } from '../../test/clouds/house/drive.js';
import { FaultSwitches } from '../../test/clouds/house/faults.js';
import { PROFILES, ProfileSettings } from '../../test/clouds/house/profiles.js';
import { RequestLog } from '../../test/clouds/house/request-log.js';
import { CloudServer } from '../../test/clouds/house/server.js';
import type { House } from '../../test/clouds/house/service.js';
import { READY_LOGIN } from '../../test/clouds/pan115-open/cloud.js';
import { WebDavService } from './webdav-service.js';

/** Serves the drive in the file named by the first argument until the process that started it is gone. */

const drive = Drive.load(JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as DriveState);
const house: House = {
  clock: new CloudClock(),
  profile: new ProfileSettings(PROFILES.like115),
  faults: new FaultSwitches(),
  calls: new CallMeter(),
  traffic: new TrafficMeter(),
  links: new ConnectionLedger(),
  accounts: new ConnectionLedger(),
};
const cloud = {
  kind: 'webdav',
  login: READY_LOGIN,
  services: [new WebDavService(house, drive)],
  routes: [],
  save: () => null,
  load: () => undefined,
};
const server = new CloudServer(house, cloud, new RequestLog(null));
process.send?.(await server.listen({ address: '127.0.0.1', port: 0, tls: null }));
process.once('disconnect', () => process.exit());
