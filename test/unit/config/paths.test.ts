import assert from 'node:assert/strict';
import { configPath, defaultPaths, type Host } from '../../../src/config/paths.js';

function user(variables: Host['variables'] = {}): Host {
  return { uid: 1000, gid: 1000, home: '/home/me', variables };
}

describe('default paths', () => {
  it('are the system’s for root', () => {
    assert.deepEqual(defaultPaths({ uid: 0, gid: 0, home: '/root', variables: { XDG_CONFIG_HOME: '/x' } }), {
      config: '/etc/panfuse/config.yaml',
      state: '/var/lib/panfuse',
      cache: '/var/cache/panfuse',
      socket: '/run/panfuse/control.sock',
    });
  });

  it('follow XDG for a user', () => {
    const variables = {
      XDG_CONFIG_HOME: '/c',
      XDG_STATE_HOME: '/s',
      XDG_CACHE_HOME: '/k',
      XDG_RUNTIME_DIR: '/r',
    };
    assert.deepEqual(defaultPaths(user(variables)), {
      config: '/c/panfuse/config.yaml',
      state: '/s/panfuse',
      cache: '/k/panfuse',
      socket: '/r/panfuse/control.sock',
    });
  });

  it('are below home when XDG says nothing, or something relative', () => {
    assert.deepEqual(defaultPaths(user({ XDG_STATE_HOME: 'relative', XDG_CONFIG_HOME: '' })), {
      config: '/home/me/.config/panfuse/config.yaml',
      state: '/home/me/.local/state/panfuse',
      cache: '/home/me/.cache/panfuse',
      socket: '/home/me/.local/state/panfuse/control.sock',
    });
  });
});

describe('configuration path', () => {
  it('is what was named, else PANFUSE_CONFIG, else the default', () => {
    const host = user({ PANFUSE_CONFIG: '/e.yaml' });
    assert.equal(configPath('/named.yaml', host), '/named.yaml');
    assert.equal(configPath(null, host), '/e.yaml');
    assert.equal(configPath(null, user({ PANFUSE_CONFIG: '' })), '/home/me/.config/panfuse/config.yaml');
  });
});
