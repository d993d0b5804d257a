import assert from 'node:assert/strict';
import { startProgress } from '../../../src/cli/progress.js';
import { FakeTerminal } from '../../fakes/fake-terminal.js';

describe('progress without a terminal', () => {
  it('is a line now and then, not one an event', async () => {
    const terminal = new FakeTerminal();
    const progress = startProgress(terminal);
    for (let second = 1; second <= 12; second += 1) {
      await terminal.clock.advance(1000);
      progress.update(`${second} folders`);
    }
    progress.end();
    assert.equal(terminal.complained, '5 folders\n10 folders\n');
    assert.equal(terminal.said, '');
  });
});
