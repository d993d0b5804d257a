import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

/** Directives that give a service a mount namespace of its own (systemd.exec(5)): its mounts stay invisible to others. */
const NAMESPACE_DIRECTIVES = [
  'BindLogSockets',
  'BindPaths',
  'BindReadOnlyPaths',
  'DynamicUser',
  'ExecPaths',
  'ExtensionDirectories',
  'ExtensionImages',
  'IPCNamespacePath',
  'InaccessiblePaths',
  'LogNamespace',
  'MountAPIVFS',
  'MountFlags',
  'MountImages',
  'NetworkNamespacePath',
  'NoExecPaths',
  'PrivateDevices',
  'PrivateIPC',
  'PrivateMounts',
  'PrivateNetwork',
  'PrivatePIDs',
  'PrivateTmp',
  'PrivateUsers',
  'ProcSubset',
  'ProtectClock',
  'ProtectControlGroups',
  'ProtectHome',
  'ProtectHostname',
  'ProtectKernelLogs',
  'ProtectKernelModules',
  'ProtectKernelTunables',
  'ProtectProc',
  'ProtectSystem',
  'ReadOnlyPaths',
  'ReadWritePaths',
  'RootDirectory',
  'RootEphemeral',
  'RootImage',
  'TemporaryFileSystem',
];

type Directives = ReadonlyMap<string, readonly string[]>;

function readUnit(text: string): Directives {
  const found = new Map<string, string[]>();
  for (const line of text.split('\n')) {
    const match = /^([A-Za-z0-9]+)=(.*)$/.exec(line);
    if (match?.[1] === undefined) continue;
    found.set(match[1], [...(found.get(match[1]) ?? []), match[2] ?? '']);
  }
  return found;
}

function namespaceDirectives(unit: Directives): readonly string[] {
  return NAMESPACE_DIRECTIVES.filter((name) => unit.has(name));
}

describe('panfuse.service', () => {
  const unit = readUnit(readFileSync(new URL('../../systemd/panfuse.service', import.meta.url), 'utf8'));

  it('has no directive that gives it a mount namespace of its own', () => {
    assert.ok(unit.size > 10, 'the unit was not read');
    assert.deepEqual(namespaceDirectives(unit), []);
    assert.deepEqual(namespaceDirectives(readUnit('[Service]\nPrivateTmp=yes\n')), ['PrivateTmp']);
  });

  it('is told by systemd-notify that it is ready', () => {
    assert.deepEqual(unit.get('Type'), ['notify']);
    assert.deepEqual(unit.get('NotifyAccess'), ['all']);
  });

  it('does not promise a watchdog that nobody feeds', () => {
    assert.equal(unit.has('WatchdogSec'), false);
  });

  it('sizes the thread pool before Node starts', () => {
    assert.ok(unit.get('Environment')?.includes('UV_THREADPOOL_SIZE=16'));
    assert.deepEqual(unit.get('ExecStart'), ['/usr/bin/env panfuse run']);
  });

  it('has the directories that the defaults for root name', () => {
    for (const name of ['RuntimeDirectory', 'StateDirectory', 'CacheDirectory']) {
      assert.deepEqual(unit.get(name), ['panfuse']);
    }
  });

  it('is handed the socket that the defaults for root name, private, and leaves it there', () => {
    const socket = readUnit(readFileSync(new URL('../../systemd/panfuse.socket', import.meta.url), 'utf8'));
    assert.deepEqual(socket.get('ListenStream'), ['/run/panfuse/control.sock']);
    assert.deepEqual([socket.get('SocketMode'), socket.get('DirectoryMode')], [['0600'], ['0700']]);
    assert.deepEqual(unit.get('RuntimeDirectoryPreserve'), ['yes']);
  });

  it('is given longer to stop than an unmount takes', () => {
    assert.ok(Number(unit.get('TimeoutStopSec')?.[0]) > 10);
  });
});
