/** Plays the scenes that its parent asks for, with one thread for files and databases: what they answer comes in one order. */
import { DiskActivity } from './disk-activity.js';
import { PLANTED_BUGS } from './planted-bugs.js';
import { Player } from './player.js';
import type { SceneOrder, ScenePlayed } from './scene-protocol.js';
import { type Scene, StepCounts } from './steps.js';
import { VfsWorld } from './vfs-world.js';

const activity = new DiskActivity();
activity.watch();

async function play(scene: Scene, counts: StepCounts): Promise<void> {
  const world = await VfsWorld.open(activity, scene);
  try {
    const player = new Player(world, counts);
    for (const step of scene.steps) await player.play(step);
    await player.finish();
    await world.finish();
  } finally {
    await world.dispose();
  }
}

async function outcome({ scene, bug }: SceneOrder): Promise<ScenePlayed> {
  const counts = new StepCounts();
  const heal = bug === null ? null : PLANTED_BUGS[bug]();
  try {
    await play(scene, counts);
    return { failure: null, counts: [...counts] };
  } catch (error) {
    const failure = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { failure, counts: [...counts] };
  } finally {
    heal?.();
  }
}

process.on('message', (order: SceneOrder) => {
  void outcome(order).then((played) => process.send?.(played));
});
process.on('disconnect', () => process.exit());
