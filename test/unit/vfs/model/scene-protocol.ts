import type { PlantedBug } from './planted-bugs.js';
import type { Scene, StepKind } from './steps.js';

/** What a process is asked to play, one scene after the other. */
export interface SceneOrder {
  readonly scene: Scene;
  readonly bug: PlantedBug | null;
}

/** What became of it. */
export interface ScenePlayed {
  /** Null when all was right. */
  readonly failure: string | null;
  readonly counts: readonly (readonly [StepKind, number])[];
}
