import assert from 'node:assert/strict';
import { forBash, readTypedLine } from '../../../src/cli/shell-words.js';

const BREAKS = ' \t\n"\'><=;|&(:';

describe('readTypedLine', () => {
  const lines: readonly (readonly [string, readonly string[], string])[] = [
    ['panfuse', ['panfuse'], 'panfuse'],
    ['panfuse ', ['panfuse', ''], ''],
    ['panfuse  du   films:/', ['panfuse', 'du', 'films:/'], 'films:/'],
    ['panfuse du films:/My\\ fi', ['panfuse', 'du', 'films:/My fi'], 'films:/My\\ fi'],
    ['panfuse du "films:/My fi', ['panfuse', 'du', 'films:/My fi'], '"films:/My fi'],
    ["panfuse du 'films:/a\\b", ['panfuse', 'du', 'films:/a\\b'], "'films:/a\\b"],
    ['panfuse du "a \\"b" c', ['panfuse', 'du', 'a "b', 'c'], 'c'],
    ['panfuse du films:"/My films"/20', ['panfuse', 'du', 'films:/My films/20'], 'films:"/My films"/20'],
    ['panfuse du 纪录片:/新', ['panfuse', 'du', '纪录片:/新'], '纪录片:/新'],
    ['panfuse du a\\', ['panfuse', 'du', 'a'], 'a\\'],
  ];
  for (const [line, words, typed] of lines) {
    it(`reads ${line}`, () => assert.deepEqual(readTypedLine(line), { words, typed }));
  }
});

describe('forBash', () => {
  it('gives what stands behind the last colon, as bash breaks words there', () => {
    assert.equal(forBash('films:/2026/', 'films:/20', 'films:/20', BREAKS), '/2026/');
    assert.equal(forBash('films:/2026/', 'films:', 'films:', BREAKS), '/2026/');
    assert.equal(forBash('films:/', 'fi', 'fi', BREAKS), 'films:/');
  });

  it('gives all of it where colons break nothing', () => {
    assert.equal(forBash('films:/2026/', 'films:/20', 'films:/20', ' \t\n'), 'films:/2026/');
  });

  it('writes what a shell would take for something else with backslashes, but not inside quotes', () => {
    assert.equal(forBash("films:/It's (a) film", 'films:/', 'films:/', BREAKS), "/It\\'s\\ \\(a\\)\\ film");
    assert.equal(forBash('films:/My films/', 'films:/My', '"films:/My', BREAKS), 'films:/My films/');
  });
});
