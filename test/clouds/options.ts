import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { faultNames, FAULTS, type FaultName } from './house/fault-catalogue.js';
import { parseFault, type FaultSetting } from './house/faults.js';
import { isLibraryName, LIBRARIES, type LibraryName } from './house/libraries.js';
import { parseSetting, PROFILES, type Profile, type ProfileName } from './house/profiles.js';

/** Everything a cloud is started with. */
export interface CloudArguments {
  readonly address: string;
  readonly port: number;
  readonly tls: { readonly cert: string; readonly key: string } | null;
  readonly profile: Profile;
  readonly library: LibraryName;
  readonly film: string | null;
  readonly faults: readonly { readonly name: FaultName; readonly setting: FaultSetting }[];
  readonly log: string | null;
  readonly state: string | null;
  readonly linkHost: string | null;
  readonly ossEndpoint: string | null;
}

export const USAGE = `Usage: scripts/cloud [115-open] [options]

An emulated cloud on a local port: every host of the real service, told apart by the Host header, else by the path.

  --address ADDRESS   listen here (127.0.0.1)
  --port PORT         and here (0 = any free port)
  --tls-cert FILE     speak TLS with this certificate (PEM) …
  --tls-key FILE      … and key
  --profile NAME      ${Object.keys(PROFILES).join(' or ')} (fast)
  --set NAME=VALUE    change one setting of the profile; "none" takes a limit away; again for more
  --library NAME      ${Object.keys(LIBRARIES).join(', ')} (demo)
  --film FILE         a real video to show in the demo library
  --fault NAME[=SETTING]
                      switch a fault on, e.g. api-5xx=503 or cdn-cut=count:2,value:1000000; again for more
  --faults            list the faults and leave
  --log FILE          write every request as a line of JSON
  --state FILE        begin with this state if the file exists, and leave the state there at the end
  --link-host HOST    host (and port) of download links, when they should not be the one the client used
  --oss-endpoint URL  address of the storage that clients are told, when it should not be the one they used,
                      e.g. http://oss.localhost (on the same port) for a bucket in the host name
  --help              this text
`;

/** The faults for people to choose from. */
export function faultList(): string {
  const lines = faultNames().map((name) => {
    const entry = FAULTS[name];
    const value = 'value' in entry ? ` (value: ${entry.value[0]}, ${entry.value[1]})` : '';
    return `  ${name.padEnd(26)}${entry.what}${value}`;
  });
  return `${lines.join('\n')}\n`;
}

/** Reads a command line. Throws TypeError or RangeError in words for what is wrong with it. */
export function parseCloudArguments(argv: readonly string[]): CloudArguments | 'help' | 'faults' {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      address: { type: 'string', default: '127.0.0.1' },
      port: { type: 'string', default: '0' },
      'tls-cert': { type: 'string' },
      'tls-key': { type: 'string' },
      profile: { type: 'string', default: 'fast' },
      set: { type: 'string', multiple: true, default: [] },
      library: { type: 'string', default: 'demo' },
      film: { type: 'string' },
      fault: { type: 'string', multiple: true, default: [] },
      faults: { type: 'boolean', default: false },
      log: { type: 'string' },
      state: { type: 'string' },
      'link-host': { type: 'string' },
      'oss-endpoint': { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return 'help';
  if (values.faults) return 'faults';
  if (positionals.some((kind) => kind !== '115-open')) throw new RangeError('the only cloud is 115-open');
  if (!isLibraryName(values.library)) throw new RangeError(`no library "${values.library}"`);
  return {
    address: values.address,
    port: portOf(values.port),
    tls: tlsOf(values['tls-cert'], values['tls-key']),
    profile: profileOf(values.profile, values.set),
    library: values.library,
    film: values.film ?? null,
    faults: values.fault.map(parseFault),
    log: values.log ?? null,
    state: values.state ?? null,
    linkHost: values['link-host'] ?? null,
    ossEndpoint: endpointOf(values['oss-endpoint']),
  };
}

function portOf(text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new RangeError(`no port "${text}"`);
  return port;
}

function endpointOf(text: string | undefined): string | null {
  if (text === undefined) return null;
  if (!URL.canParse(text)) throw new RangeError(`no address "${text}"`);
  return text;
}

function tlsOf(cert: string | undefined, key: string | undefined): CloudArguments['tls'] {
  if (cert === undefined && key === undefined) return null;
  if (cert === undefined || key === undefined)
    throw new RangeError('--tls-cert and --tls-key belong together');
  return { cert: readFileSync(cert, 'utf8'), key: readFileSync(key, 'utf8') };
}

function profileOf(name: string, settings: readonly string[]): Profile {
  if (!Object.hasOwn(PROFILES, name)) throw new RangeError(`no profile "${name}"`);
  return Object.assign({}, PROFILES[name as ProfileName], ...settings.map(parseSetting)) as Profile;
}
