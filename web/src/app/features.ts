import { registerKinds } from '../lib/kinds';
import type { Feature } from '../lib/feature';

const files = import.meta.glob<{ feature: Feature }>('../features/*/feature.ts', { eager: true });

/** features are all that exist: a folder below features/ with a feature.ts is one. */
export const features: Feature[] = Object.values(files).map((f) => f.feature);

registerKinds(features.flatMap((f) => f.kinds ?? []));
