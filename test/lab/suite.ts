import { afterAll, beforeAll, describe } from 'vitest';
import { type Lab, type LabOptions, labMissing, labUp } from './lab.ts';

/** Tests on a lab of their own, which is up while they run. Where the machine cannot hold one they are skipped, with the reason. */
export function onLab(title: string, tests: (lab: () => Lab) => void, options: LabOptions = {}): void {
  const missing = labMissing();
  describe.skipIf(missing !== undefined)(
    missing === undefined ? title : `${title} (skipped: ${missing})`,
    () => {
      let lab: Lab | undefined;
      beforeAll(async () => {
        lab = await labUp(options);
      });
      afterAll(async () => {
        await lab?.down();
      });
      tests(() => {
        if (!lab) throw new Error('the lab is not up');
        return lab;
      });
    },
  );
}
